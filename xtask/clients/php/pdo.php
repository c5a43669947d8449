<?php
// PHP tab, with PDO.

require 'access_token.php';

$source = sprintf(
    'mysql:host=%s;port=%s;dbname=%s;charset=utf8mb4',
    getenv('AZURE_MYSQL_HOST'),
    getenv('AZURE_MYSQL_PORT'),
    getenv('AZURE_MYSQL_DBNAME'),
);
$connection = new PDO($source, getenv('AZURE_MYSQL_USERNAME'), access_token(), [
    PDO::MYSQL_ATTR_SSL_CA => getenv('AZURE_MYSQL_SSL_CA'),
    PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => true,
]);

$connection->exec(
    'CREATE TABLE IF NOT EXISTS php_pdo '
    . '(id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(100) NOT NULL)',
);
$note = 'written by process ' . getmypid();
$connection->prepare('INSERT INTO php_pdo (note) VALUES (?)')->execute([$note]);
$rows = $connection->prepare('SELECT note FROM php_pdo WHERE id = ?');
$rows->execute([$connection->lastInsertId()]);
if ($rows->fetchColumn() !== $note) {
    throw new RuntimeException('another note was read than was written');
}
[$user, $version] = $connection->query('SELECT CURRENT_USER(), VERSION()')->fetch();
[, $tls] = $connection->query("SHOW SESSION STATUS LIKE 'Ssl_version'")->fetch();
echo "logged in as $user to $version over $tls\n";

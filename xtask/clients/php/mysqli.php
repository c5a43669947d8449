<?php
// PHP tab, with mysqli.

require 'access_token.php';

mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$connection = mysqli_init();
// The CA, and no other; host name and certificate are verified against it.
$connection->ssl_set(null, null, getenv('AZURE_MYSQL_SSL_CA'), null, null);
// The page's sample for secrets reads AZURE_MYSQL_USER, which Service Connector does not set.
$connection->real_connect(
    getenv('AZURE_MYSQL_HOST'),
    getenv('AZURE_MYSQL_USERNAME'),
    access_token(),
    getenv('AZURE_MYSQL_DBNAME'),
    (int) getenv('AZURE_MYSQL_PORT'),
    null,
    MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT,
);
$connection->set_charset('utf8mb4');

$connection->query(
    'CREATE TABLE IF NOT EXISTS php_mysqli '
    . '(id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(100) NOT NULL)',
);
$note = 'written by process ' . getmypid();
$connection->execute_query('INSERT INTO php_mysqli (note) VALUES (?)', [$note]);
$rows = $connection->execute_query(
    'SELECT note FROM php_mysqli WHERE id = ?',
    [$connection->insert_id],
);
if ($rows->fetch_row() !== [$note]) {
    throw new RuntimeException('another note was read than was written');
}
[$user, $version] = $connection->query('SELECT CURRENT_USER(), VERSION()')->fetch_row();
[, $tls] = $connection->query("SHOW SESSION STATUS LIKE 'Ssl_version'")->fetch_row();
echo "logged in as $user to $version over $tls\n";
$connection->close();

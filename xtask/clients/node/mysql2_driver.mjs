// NodeJS tab.

import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import process from 'node:process';

import { ClientSecretCredential, DefaultAzureCredential } from '@azure/identity';
import mysql from 'mysql2/promise';

const clientId = process.env.AZURE_MYSQL_CLIENTID;
const clientSecret = process.env.AZURE_MYSQL_CLIENTSECRET;
const credential = clientSecret
  ? // for service principal
    new ClientSecretCredential(process.env.AZURE_MYSQL_TENANTID, clientId, clientSecret, {
      authorityHost: process.env.AZURE_AUTHORITY_HOST,
      // The emulator's authority is none of those that the library knows.
      disableInstanceDiscovery: true,
    })
  : // for user assigned or system assigned managed identity
    new DefaultAzureCredential({ managedIdentityClientId: clientId });

// acquire token
const accessToken = await credential.getToken(
  'https://ossrdbms-aad.database.windows.net/.default',
);

const connection = await mysql.createConnection({
  host: process.env.AZURE_MYSQL_HOST,
  user: process.env.AZURE_MYSQL_USER,
  password: accessToken.token,
  database: process.env.AZURE_MYSQL_DATABASE,
  port: Number(process.env.AZURE_MYSQL_PORT),
  ssl: { ca: readFileSync(process.env.AZURE_MYSQL_SSL_CA), verifyIdentity: true },
  enableCleartextPlugin: true,
});

await connection.query(
  'CREATE TABLE IF NOT EXISTS node_mysql2 (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(100) NOT NULL)',
);
const note = `written by process ${process.pid}`;
const [inserted] = await connection.execute('INSERT INTO node_mysql2 (note) VALUES (?)', [note]);
const [[row]] = await connection.execute('SELECT note FROM node_mysql2 WHERE id = ?', [
  inserted.insertId,
]);
assert.strictEqual(row.note, note);
const [[who]] = await connection.query('SELECT CURRENT_USER() AS user, VERSION() AS version');
const [[tls]] = await connection.query("SHOW SESSION STATUS LIKE 'Ssl_version'");
console.log(`logged in as ${who.user} to ${who.version} over ${tls.Value}`);
await connection.end();

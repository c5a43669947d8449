// How long a connect of the page's NodeJS tab takes, in the median.

import { readFileSync } from 'node:fs';
import process from 'node:process';

import mysql from 'mysql2/promise';

// As in mysql2_driver.mjs, which gets the token from @azure/identity.
const connect = () =>
  mysql.createConnection({
    host: process.env.AZURE_MYSQL_HOST,
    user: process.env.AZURE_MYSQL_USER,
    password: process.env.ACCESS_TOKEN,
    database: process.env.AZURE_MYSQL_NAME,
    port: Number(process.env.AZURE_MYSQL_PORT),
    ssl: { ca: readFileSync(process.env.AZURE_MYSQL_SSL_CA), verifyIdentity: true },
    enableCleartextPlugin: true,
  });

const times = [];
for (let count = 0; count < Number(process.env.CONNECTS); count += 1) {
  const started = performance.now();
  const connection = await connect();
  await connection.end();
  times.push(performance.now() - started);
}
// The first one loads what later ones have.
times.shift();
times.sort((a, b) => a - b);
const middle = times.length / 2;
const milliseconds = (times[Math.floor(middle)] + times[Math.ceil(middle) - 1]) / 2;
console.log(JSON.stringify({ milliseconds }));

//! Passwordless Azure Database for MySQL for mysql_async.

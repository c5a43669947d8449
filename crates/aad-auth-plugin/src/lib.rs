//! Server plugin for MySQL and MariaDB: login with a Microsoft Entra token.

//! The checks that Azure Database for MySQL makes before a Microsoft Entra token may log in.

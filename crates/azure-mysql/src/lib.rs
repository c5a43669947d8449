//! Where an Azure Database for MySQL is, who logs in to it, and which roots are trusted.

//! Whose server, or whose command-line client.

use std::fmt;

use super::debian::Release;

/// A product that is run as it comes from Debian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Product {
    /// Oracle's MySQL, from Debian unstable: the newest release that Debian has.
    Mysql,
    /// MariaDB, from the machine's own Debian release.
    Mariadb,
}

impl Product {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mysql, Self::Mariadb];

    /// The package of the server, and the release to take it from. Debian's stable releases have
    /// MariaDB only.
    pub(super) fn package(self) -> (&'static str, Release) {
        match self {
            Self::Mysql => ("mysql-server-core", Release::Unstable),
            Self::Mariadb => ("mariadb-server-core", Release::OfThisMachine),
        }
    }

    /// The server's program in its package.
    pub(super) fn program(self) -> &'static str {
        match self {
            Self::Mysql => "usr/sbin/mysqld",
            Self::Mariadb => "usr/sbin/mariadbd",
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
        })
    }
}

//! Whose server, or whose command-line client.

use std::fmt;

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
}

impl fmt::Display for Product {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
        })
    }
}

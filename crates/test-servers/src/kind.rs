//! Which server.

use std::{fmt, str::FromStr};

use crate::Error;

/// Which server to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerKind {
    /// Oracle's MySQL, from Debian unstable: the newest release that Debian has.
    Mysql,
    /// MariaDB, from the machine's own Debian release.
    Mariadb,
}

impl ServerKind {
    /// The environment variable that names the server to test against.
    pub const VARIABLE: &str = "TEST_SERVER";

    /// The server that [`VARIABLE`](Self::VARIABLE) names, MySQL if it is not set: that is what
    /// runs in Azure.
    ///
    /// # Errors
    ///
    /// If it names no server.
    pub fn from_env() -> Result<Self, Error> {
        match std::env::var(Self::VARIABLE) {
            Ok(name) => name.parse(),
            Err(_) => Ok(Self::Mysql),
        }
    }
}

impl fmt::Display for ServerKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
        })
    }
}

impl FromStr for ServerKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "mysql" => Ok(Self::Mysql),
            "mariadb" => Ok(Self::Mariadb),
            other => Err(Error::new(format!(
                "`{other}` is no server: use `mysql` or `mariadb`"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_back_from_its_own_name() {
        for kind in [ServerKind::Mysql, ServerKind::Mariadb] {
            assert_eq!(kind.to_string().parse::<ServerKind>().unwrap(), kind);
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_names_that_exist() {
        let error = "oracle".parse::<ServerKind>().unwrap_err().to_string();
        assert_eq!(error, "`oracle` is no server: use `mysql` or `mariadb`");
    }
}

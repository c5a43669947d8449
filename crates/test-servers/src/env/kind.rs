//! Which server.

use std::{fmt, str::FromStr};

use crate::{Error, provision::Product};

/// Which server a [`TestEnv`](crate::TestEnv) has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerKind {
    /// The emulator's own, in this process: no set-up, any machine.
    Embedded,
    /// Oracle's MySQL.
    Mysql,
    /// MariaDB.
    Mariadb,
    /// The emulator's login in front of Oracle's MySQL, which has no plugin.
    BackendMysql,
    /// The emulator's login in front of MariaDB, which has no plugin.
    BackendMariadb,
}

impl ServerKind {
    /// All of them: the one without set-up first.
    pub const ALL: [Self; 5] = [
        Self::Embedded,
        Self::Mysql,
        Self::Mariadb,
        Self::BackendMysql,
        Self::BackendMariadb,
    ];

    /// Those on which every promise of an adapter is checked: each has a login of its own.
    pub const WITH_OWN_LOGIN: [Self; 3] = [Self::Embedded, Self::Mysql, Self::Mariadb];

    /// The environment variable that names the server to test against.
    pub const VARIABLE: &str = "TEST_SERVER";

    /// The server that [`VARIABLE`](Self::VARIABLE) names, the embedded one if it is not set: it is
    /// there on every machine.
    ///
    /// # Errors
    ///
    /// If it names no server.
    pub fn from_env() -> Result<Self, Error> {
        match std::env::var(Self::VARIABLE) {
            Ok(name) => name.parse(),
            Err(_) => Ok(Self::Embedded),
        }
    }

    /// Its name on command lines and in [`VARIABLE`](Self::VARIABLE).
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
            Self::BackendMysql => "backend-mysql",
            Self::BackendMariadb => "backend-mariadb",
        }
    }

    /// The product that answers SQL, `None` if the emulator does.
    pub fn product(self) -> Option<Product> {
        match self {
            Self::Embedded => None,
            Self::Mysql | Self::BackendMysql => Some(Product::Mysql),
            Self::Mariadb | Self::BackendMariadb => Some(Product::Mariadb),
        }
    }

    /// Whether the emulator checks tokens, and not a plugin in a real server. Only the emulator can be
    /// told to misbehave, counts its connections, and starts in no time.
    pub fn has_emulated_login(self) -> bool {
        match self {
            Self::Embedded | Self::BackendMysql | Self::BackendMariadb => true,
            Self::Mysql | Self::Mariadb => false,
        }
    }

    /// Whether the server that answers `SHOW STATUS LIKE 'Ssl_version'` is the one that the client has TLS
    /// with. One behind the emulator has a session without TLS.
    pub fn session_has_tls(self) -> bool {
        match self {
            Self::Embedded | Self::Mysql | Self::Mariadb => true,
            Self::BackendMysql | Self::BackendMariadb => false,
        }
    }
}

impl fmt::Display for ServerKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for ServerKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| {
                let names = Self::ALL.map(|kind| format!("`{kind}`")).join(", ");
                Error::new(format!("`{name}` is no server: use one of {names}"))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_back_from_its_own_name() {
        for kind in ServerKind::ALL {
            assert_eq!(kind.name().parse::<ServerKind>().unwrap(), kind);
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_names_that_exist() {
        let error = "oracle".parse::<ServerKind>().unwrap_err().to_string();
        let expected = "`oracle` is no server: use one of `embedded`, `mysql`, `mariadb`, \
                        `backend-mysql`, `backend-mariadb`";
        assert_eq!(error, expected);
    }
}

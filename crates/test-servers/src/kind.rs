//! Which server.

use std::{fmt, str::FromStr};

use crate::{Error, Product};

/// Which server a [`Sandbox`](crate::Sandbox) has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerKind {
    /// The emulator's own, in this process: no set-up, any machine.
    Embedded,
    /// Oracle's MySQL.
    Mysql,
    /// MariaDB.
    Mariadb,
}

impl ServerKind {
    /// All of them: the one without set-up first.
    pub const ALL: [Self; 3] = [Self::Embedded, Self::Mysql, Self::Mariadb];

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

    /// The product to run, `None` for the embedded server.
    pub fn product(self) -> Option<Product> {
        match self {
            Self::Embedded => None,
            Self::Mysql => Some(Product::Mysql),
            Self::Mariadb => Some(Product::Mariadb),
        }
    }
}

impl fmt::Display for ServerKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.product() {
            None => formatter.write_str("embedded"),
            Some(product) => product.fmt(formatter),
        }
    }
}

impl FromStr for ServerKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.to_string() == name)
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
            assert_eq!(kind.to_string().parse::<ServerKind>().unwrap(), kind);
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_names_that_exist() {
        let error = "oracle".parse::<ServerKind>().unwrap_err().to_string();
        let expected = "`oracle` is no server: use one of `embedded`, `mysql`, `mariadb`";
        assert_eq!(error, expected);
    }
}

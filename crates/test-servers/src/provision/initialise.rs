//! Making a server ready to be started: unpacked, with an initialised data folder.

mod mariadb;
mod mysql;

use super::{installation::Installation, product::Product, unpacked::Unpacked};
use crate::Error;

pub(crate) use mariadb::STORAGE as MARIADB_STORAGE;
pub(crate) use mysql::STORAGE as MYSQL_STORAGE;

impl Installation {
    /// Downloads, unpacks and initialises a server, once: later calls find it
    /// in place. Blocks; the first call takes the time of a download of up to
    /// 80 MB. Any number of threads and processes may call at once.
    ///
    /// # Errors
    ///
    /// If the machine is not Debian, if a program is missing, or if the
    /// download fails. The next call starts anew.
    pub fn provision(product: Product) -> Result<Self, Error> {
        let (package, release) = product.package();
        let folder = format!("servers/{product}");
        let unpacked = Unpacked::provision(&folder, &[package], release, |unpacked| {
            let installation = Self {
                product,
                unpacked: unpacked.clone(),
            };
            tracing::info!(server = %product, "initialising a data folder");
            match product {
                Product::Mysql => mysql::initialise(&installation),
                Product::Mariadb => mariadb::initialise(&installation),
            }
        })?;
        Ok(Self { product, unpacked })
    }
}

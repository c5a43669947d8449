//! The products' C client libraries.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use super::{debian::Release, product::Product, unpacked::Unpacked};
use crate::{Error, error::cannot_write};

/// A product's C client library, unpacked under the workspace's `target/client-libraries`.
///
/// The library runs on the C library that it was made for, which may be newer than the machine's. So
/// a program that is linked with it starts with the unpacked loader.
#[derive(Clone, Debug)]
pub struct ClientLibrary {
    product: Product,
    unpacked: Unpacked,
}

impl ClientLibrary {
    /// Downloads and unpacks a library, once: later calls find it in place. Blocks.
    ///
    /// # Errors
    ///
    /// If the machine is not Debian or a program is missing, which
    /// [`is_unsupported`](Error::is_unsupported) tells, or if the download fails. The next call starts
    /// anew.
    pub fn provision(product: Product) -> Result<Self, Error> {
        // Libraries by the version of their interface, for which there are bindings.
        let (packages, release): (&[_], _) = match product {
            // The second has `mysql_native_password`, which MariaDB's servers name first, whatever the
            // account's plugin is.
            Product::Mysql => (
                &["libmysqlclient24", "mysql-client-core"],
                Release::Unstable,
            ),
            Product::Mariadb => (&["libmariadb3"], Release::OfThisMachine),
        };
        let folder = format!("client-libraries/{product}");
        let unpacked = Unpacked::provision(&folder, packages, release, |unpacked| {
            Self {
                product,
                unpacked: unpacked.clone(),
            }
            .link()
        })?;
        Ok(Self { product, unpacked })
    }

    /// The environment in which cargo builds and runs a program over `mysqlclient-sys`.
    ///
    /// - For that crate, where the library is and which bindings it has:
    ///   <https://docs.rs/crate/mysqlclient-sys/0.5.2>.
    /// - For the program's build script, `CLIENT_LIBRARY_LOADER` and `CLIENT_LIBRARY_PATH`: the loader
    ///   that the program has to name, and the folders that it has to name to it.
    /// - For the program, what Oracle's library wants before it sends a password in clear, and where it
    ///   finds its plugins.
    ///
    /// # Errors
    ///
    /// If the unpacked library has lost its loader.
    pub fn environment(&self) -> Result<Vec<(&'static str, OsString)>, Error> {
        let (loader, path) = self.unpacked.loader()?;
        // Bindings of the interface that the package's name stands for; newer libraries add to it.
        let (name, bindings) = match self.product {
            Product::Mysql => ("mysqlclient", "9.5.0"),
            Product::Mariadb => ("mariadb", "3.3.0"),
        };
        let plugins = self.unpacked.root().join("usr/lib/mysql/plugin");
        Ok(vec![
            ("MYSQLCLIENT_LIB_DIR", self.link_folder().into()),
            ("MYSQLCLIENT_LIBNAME", name.into()),
            ("MYSQLCLIENT_VERSION", bindings.into()),
            // Or it would take one that is installed.
            ("MYSQLCLIENT_NO_PKG_CONFIG", "1".into()),
            ("LIBMARIADB_NO_PKG_CONFIG", "1".into()),
            ("CLIENT_LIBRARY_LOADER", loader.into()),
            ("CLIENT_LIBRARY_PATH", path),
            // <https://dev.mysql.com/doc/refman/8.4/en/cleartext-pluggable-authentication.html>
            ("LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN", "1".into()),
            ("LIBMYSQL_PLUGIN_DIR", plugins.into()),
        ])
    }

    /// Gives the library the name by which linkers look for it, in a folder where they find nothing
    /// else: not the unpacked C library.
    fn link(&self) -> Result<(), Error> {
        let (link, library) = match self.product {
            Product::Mysql => ("libmysqlclient.so", "libmysqlclient.so.24"),
            Product::Mariadb => ("libmariadb.so", "libmariadb.so.3"),
        };
        let root = self.unpacked.root();
        let (_, path) = self.unpacked.loader()?;
        let library = env::split_paths(&path)
            .map(|folder| folder.join(library))
            .find(|library| library.exists())
            .ok_or_else(|| Error::new(format!("no {library} under {}", root.display())))?;
        let folder = self.link_folder();
        fs::create_dir(&folder).map_err(|error| cannot_write(&folder, error))?;
        // From here, since the folders above get another name once all is done.
        let unpacked = root.parent().unwrap_or(&root);
        let library = Path::new("..").join(library.strip_prefix(unpacked).unwrap_or(&library));
        let link = folder.join(link);
        symlink(library, &link).map_err(|error| cannot_write(&link, error))
    }

    fn link_folder(&self) -> PathBuf {
        self.unpacked.beside("link")
    }
}

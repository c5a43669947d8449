//! Each client library is there, under the name that a linker looks for, with its loader.

use std::{collections::HashMap, env, ffi::OsString, path::Path, process::Command};

use test_servers::{ClientLibrary, Product};

fn is_there_with_its_loader(product: Product, name: &str) {
    let library = ClientLibrary::provision(product).unwrap();
    let environment: HashMap<_, OsString> = library.environment().unwrap().into_iter().collect();
    assert_eq!(environment["MYSQLCLIENT_LIBNAME"], *name);
    let link = Path::new(&environment["MYSQLCLIENT_LIB_DIR"]).join(format!("lib{name}.so"));
    let bytes = std::fs::read(&link).unwrap();
    assert!(bytes.starts_with(b"\x7fELF"), "{}", link.display());

    // The loader resolves it, and all that it needs, from the folders that go with it.
    let output = Command::new(&environment["CLIENT_LIBRARY_LOADER"])
        .arg("--library-path")
        .arg(&environment["CLIENT_LIBRARY_PATH"])
        .arg("--list")
        .arg(&link)
        .output()
        .unwrap();
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    let folders: Vec<_> = env::split_paths(&environment["CLIENT_LIBRARY_PATH"]).collect();
    let places = list.lines().filter_map(|line| line.split_once(" => "));
    let mut libraries = 0;
    for (_, place) in places {
        let place = Path::new(place.split(" (").next().unwrap());
        assert!(folders.iter().any(|it| place.starts_with(it)), "{list}");
        libraries += 1;
    }
    assert!(libraries > 3, "{list}");
}

#[test]
fn mysql_is_there_with_its_loader() {
    is_there_with_its_loader(Product::Mysql, "mysqlclient");
}

#[test]
fn mariadb_is_there_with_its_loader() {
    is_there_with_its_loader(Product::Mariadb, "mariadb");
}

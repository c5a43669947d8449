//! A plugin that is built already is not built again.

use std::{error::Error, io};

use test_servers::{Plugin, Product, Server, ServerOptions};

#[test]
fn the_library_that_was_named_is_the_one_that_servers_load() {
    Plugin::use_built("no such library".into());
    let options = ServerOptions::new().entra_login("{}", "11111111-1111-1111-1111-111111111111");
    let error = Server::start(Product::Mysql, options).unwrap_err();
    let cause = error.source().and_then(|it| it.downcast_ref::<io::Error>());
    assert_eq!(cause.map(io::Error::kind), Some(io::ErrorKind::NotFound));
}

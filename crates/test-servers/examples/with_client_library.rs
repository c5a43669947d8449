//! Runs a command in the environment of a C client library:
//! `cargo run -p test-servers --example with_client_library -- mysql cargo test …`.

use std::{
    env,
    error::Error,
    process::{Command, ExitCode},
};

use test_servers::{ClientLibrary, Product};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let (Some(name), Some(program)) = (arguments.next(), arguments.next()) else {
        return Err("usage: with_client_library mysql|mariadb COMMAND [ARGUMENT]...".into());
    };
    let product = Product::ALL
        .into_iter()
        .find(|product| name == product.to_string().as_str())
        .ok_or("the library is `mysql` or `mariadb`")?;
    let environment = ClientLibrary::provision(product)?.environment()?;
    let status = Command::new(program)
        .args(arguments)
        .envs(environment)
        .status()?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

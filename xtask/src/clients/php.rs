//! PHP programs, on an interpreter that is unpacked from Debian's packages.

use std::path::PathBuf;

use test_servers::{Interpreter, Language, blocking};

use super::Prepared;

pub(super) async fn command(program: &str) -> anyhow::Result<Prepared> {
    let mut command =
        blocking(|| Interpreter::provision(Language::Php).and_then(|php| php.command())).await?;
    command.arg(programs().join(program));
    Ok(Prepared::Ready(command))
}

fn programs() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/php"))
}

//! The programs that measure their own connects, for `cargo xtask bench`.

use serde::Serialize;

use super::{Prepared, node, python};

/// A program as the bench takes it: how to run it, or why it cannot be run.
#[derive(Serialize)]
pub(crate) struct Program {
    name: &'static str,
    #[serde(flatten)]
    how: How,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum How {
    /// The program and its arguments.
    Command(Vec<String>),
    Missing(String),
}

/// Those for which this machine has a runtime are made ready.
pub(crate) async fn programs() -> Vec<Program> {
    let program = "connect_times.py";
    let (connector, pymysql) = (
        python::command(program).await,
        python::command(program).await,
    );
    let mysql2 = node::command("connect_times.mjs").await;
    vec![
        described(
            "Python, mysql-connector-python",
            connector,
            Some("mysql.connector"),
        ),
        described("Python, PyMySQL", pymysql, Some("pymysql")),
        described("Node, mysql2", mysql2, None),
    ]
}

/// Without a network the packages cannot be had; the other figures can.
fn described(
    name: &'static str,
    prepared: anyhow::Result<Prepared>,
    driver: Option<&str>,
) -> Program {
    let how = match prepared {
        Ok(Prepared::Ready(command)) => {
            let words = std::iter::once(command.get_program()).chain(command.get_args());
            let words = words.map(|word| word.to_string_lossy().into_owned());
            How::Command(words.chain(driver.map(str::to_owned)).collect())
        }
        Ok(Prepared::Missing(what)) => How::Missing(what),
        Err(error) => How::Missing(format!("{error:#}")),
    };
    Program { name, how }
}

//! Clients that nobody here wrote, in other languages, against the emulator and the real servers.

mod command_line;
mod connect_times;
mod install;
mod node;
mod python;

use std::{collections::BTreeMap, fmt, process::Command};

use azure_mysql::ClientType;
pub(crate) use connect_times::programs;
use test_servers::{Product, TestEnv};

use crate::{auth_mode::AuthMode, login::Login, outcome::Outcome, run};

/// A program that logs in, and what it takes to run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    MysqlConnectorPython,
    Pymysql,
    NodeMysql2,
    CommandLine(Product),
}

pub(crate) const ALL: [Client; 5] = [
    Client::MysqlConnectorPython,
    Client::Pymysql,
    Client::NodeMysql2,
    Client::CommandLine(Product::Mysql),
    Client::CommandLine(Product::Mariadb),
];

/// What came of making a client ready to run.
enum Prepared {
    Ready(Command),
    /// This machine has no such runtime.
    Missing(String),
}

/// Gets the packages of Python's clients, and says what this machine lacks for them.
pub(crate) async fn provision_python() -> anyhow::Result<Option<String>> {
    Ok(python::command("mysql_connector.py").await?.missing())
}

/// Gets the packages of Node's clients, and says what this machine lacks for them.
pub(crate) async fn provision_node() -> anyhow::Result<Option<String>> {
    Ok(node::command("mysql2_driver.mjs").await?.missing())
}

impl Prepared {
    fn missing(self) -> Option<String> {
        match self {
            Self::Ready(_) => None,
            Self::Missing(what) => Some(what),
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MysqlConnectorPython => f.write_str("mysql-connector-python"),
            Self::Pymysql => f.write_str("pymysql"),
            Self::NodeMysql2 => f.write_str("mysql2"),
            Self::CommandLine(product) => write!(f, "command-line-{product}"),
        }
    }
}

impl Client {
    /// What the program finds. The certificates that an HTTP client trusts have another name in each
    /// language.
    fn variables(self, env: &TestEnv, auth_mode: AuthMode) -> BTreeMap<String, String> {
        let emulator = env.emulator();
        let (client_type, trust) = match self {
            Self::MysqlConnectorPython | Self::Pymysql => {
                (ClientType::Python, "REQUESTS_CA_BUNDLE")
            }
            Self::NodeMysql2 => (ClientType::Nodejs, "NODE_EXTRA_CA_CERTS"),
            Self::CommandLine(_) => {
                let token = emulator.token_for(auth_mode.principal(env));
                return BTreeMap::from([("MYSQL_PWD".to_owned(), token)]);
            }
        };
        let mut variables = env.environment(client_type, auth_mode.principal(env));
        let authority = emulator.ca_pem_path().display().to_string();
        variables.insert(trust.to_owned(), authority);
        variables
    }

    /// Logs in once.
    pub(crate) async fn log_in(
        self,
        env: &TestEnv,
        auth_mode: AuthMode,
    ) -> anyhow::Result<Outcome> {
        let prepared = match self {
            Self::MysqlConnectorPython => python::command("mysql_connector.py").await?,
            Self::Pymysql => python::command("pymysql_driver.py").await?,
            Self::NodeMysql2 => node::command("mysql2_driver.mjs").await?,
            Self::CommandLine(product) => command_line::command(product, env, auth_mode).await?,
        };
        let command = match prepared {
            Prepared::Ready(mut command) => {
                command.env_clear().envs(self.variables(env, auth_mode));
                command
            }
            Prepared::Missing(what) => return Ok(Outcome::Skipped(what)),
        };
        let run = run::to_its_end(command, run::LOGIN_LIMIT).await?;
        let output = match self {
            Self::CommandLine(_) => command_line::login_line(&run.stdout),
            _ => None,
        };
        let output = output.unwrap_or_else(|| run.output());
        let logged_in = Login::find(&output).is_some_and(|login| login.is_of(&auth_mode.user()));
        Ok(if run.succeeded() && logged_in {
            Outcome::Passed
        } else {
            Outcome::Failed(output)
        })
    }
}

//! Clients that nobody here wrote, in other languages, against the emulator and the real servers.

mod command_line;
mod connect_times;
mod install;
pub(crate) mod libraries;
mod node;
mod php;
mod python;

use std::{collections::BTreeMap, fmt, process::Command};

use azure_mysql::ClientType;
pub(crate) use connect_times::programs;
use test_servers::{Product, ServerKind, TestEnv};

use crate::{auth_mode::AuthMode, login::Login, outcome::Outcome, run};

/// A program that logs in, and what it takes to run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    MysqlConnectorPython,
    Pymysql,
    Django,
    NodeMysql2,
    PhpMysqli,
    PhpPdo,
    CommandLine(Product),
}

pub(crate) const ALL: [Client; 8] = [
    Client::MysqlConnectorPython,
    Client::Pymysql,
    Client::Django,
    Client::NodeMysql2,
    Client::PhpMysqli,
    Client::PhpPdo,
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
            Self::Django => f.write_str("django"),
            Self::NodeMysql2 => f.write_str("mysql2"),
            Self::PhpMysqli => f.write_str("php-mysqli"),
            Self::PhpPdo => f.write_str("php-pdo"),
            Self::CommandLine(product) => write!(f, "command-line-{product}"),
        }
    }
}

impl Client {
    /// Whether it is to work with this server. A framework sends more SQL than the embedded one knows.
    pub(crate) fn is_for(self, server: ServerKind) -> bool {
        self != Self::Django || server.product().is_some()
    }

    /// What the program finds.
    fn variables(self, env: &TestEnv, auth_mode: AuthMode) -> BTreeMap<String, String> {
        let emulator = env.emulator();
        let client_type = match self {
            Self::MysqlConnectorPython | Self::Pymysql => ClientType::Python,
            Self::Django => ClientType::Django,
            Self::NodeMysql2 => ClientType::Nodejs,
            Self::PhpMysqli | Self::PhpPdo => ClientType::Php,
            Self::CommandLine(_) => {
                let token = emulator.token_for(auth_mode.principal(env));
                return BTreeMap::from([("MYSQL_PWD".to_owned(), token)]);
            }
        };
        let mut variables = env.environment(client_type, auth_mode.principal(env));
        variables.extend(libraries::of(client_type).variables(emulator.ca_pem_path(), None));
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
            Self::Django => python::command("../django/login.py").await?,
            Self::NodeMysql2 => node::command("mysql2_driver.mjs").await?,
            Self::PhpMysqli => php::command("mysqli.php").await?,
            Self::PhpPdo => php::command("pdo.php").await?,
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
        let logged_in =
            Login::find(&output).is_some_and(|login| login.is_of(&auth_mode.user(), env.kind()));
        Ok(if run.succeeded() && logged_in {
            Outcome::Passed
        } else {
            Outcome::Failed(output)
        })
    }
}

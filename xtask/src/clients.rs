//! Clients that nobody here wrote, in other languages, against the emulator and the real servers.

mod command_line;
mod connect_times;
mod install;
mod node;
mod python;

use std::collections::BTreeMap;

use azure_mysql::ClientType;
pub(crate) use connect_times::programs;
use test_servers::{Product, ServerKind};
use tokio::process::Command;

use crate::{azure_box::AzureBox, login::Login, run, step::Outcome, zone::Zone};

/// A program that logs in, and what it takes to run it.
enum Client {
    MysqlConnectorPython,
    Pymysql,
    NodeMysql2,
    CommandLine(Product),
}

const CLIENTS: [Client; 5] = [
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

/// Runs each client in each zone against a server. A row's name says which.
pub(crate) async fn run(server: ServerKind) -> anyhow::Result<Vec<(String, Outcome)>> {
    let azure = AzureBox::start(server).await?;
    let mut rows = Vec::new();
    for client in &CLIENTS {
        for zone in Zone::ALL {
            let outcome = client.log_in(&azure, zone).await?;
            rows.push((format!("{}, {zone}", client.name()), outcome));
        }
    }
    azure.stop().await?;
    Ok(rows)
}

impl Client {
    fn name(&self) -> String {
        match self {
            Self::MysqlConnectorPython => "Python, mysql-connector-python".to_owned(),
            Self::Pymysql => "Python, PyMySQL".to_owned(),
            Self::NodeMysql2 => "Node, mysql2".to_owned(),
            Self::CommandLine(product) => format!("command line, {product}"),
        }
    }

    /// What the program finds. The certificates that an HTTP client trusts have another name in each
    /// language.
    fn variables(&self, azure: &AzureBox, zone: Zone) -> BTreeMap<String, String> {
        let emulator = azure.sandbox().emulator();
        let (client_type, trust) = match self {
            Self::MysqlConnectorPython | Self::Pymysql => {
                (ClientType::Python, "REQUESTS_CA_BUNDLE")
            }
            Self::NodeMysql2 => (ClientType::Nodejs, "NODE_EXTRA_CA_CERTS"),
            Self::CommandLine(_) => {
                let token = emulator.token_for(azure.principal(zone));
                return BTreeMap::from([("MYSQL_PWD".to_owned(), token)]);
            }
        };
        let mut variables = azure.environment(client_type, zone);
        let authority = emulator.ca_pem_path().display().to_string();
        variables.insert(trust.to_owned(), authority);
        variables
    }

    async fn log_in(&self, azure: &AzureBox, zone: Zone) -> anyhow::Result<Outcome> {
        let prepared = match self {
            Self::MysqlConnectorPython => python::command("mysql_connector.py").await?,
            Self::Pymysql => python::command("pymysql_driver.py").await?,
            Self::NodeMysql2 => node::command("mysql2_driver.mjs").await?,
            Self::CommandLine(product) => command_line::command(*product, azure, zone).await?,
        };
        let command = match prepared {
            Prepared::Ready(mut command) => {
                command.env_clear().envs(self.variables(azure, zone));
                command
            }
            Prepared::Missing(what) => return Ok(Outcome::Skipped(what)),
        };
        let mut run = run::to_its_end(command).await?;
        if let Self::CommandLine(_) = self
            && let Some(line) = command_line::login_line(&run.output)
        {
            run.output = line;
        }
        let logged_in = Login::find(&run.output).is_some_and(|login| login.is_of(&zone.user()));
        Ok(if run.succeeded && logged_in {
            Outcome::Passed
        } else {
            Outcome::Failed(run.output)
        })
    }
}

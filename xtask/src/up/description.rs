//! What a box is like, for whoever wants its variables.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use azure_mysql::ClientType;
use azure_mysql_emulator::Principal;
use serde::{Deserialize, Serialize};
use test_servers::TestEnv;

use super::{
    printing::{Printout, Variables, developer_lines, note_lines},
    truststore,
};
use crate::{auth_mode::AuthMode, clients::libraries};

/// A running box: where it is, and the variables of all who log in there.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Description {
    pub(super) server: String,
    pub(super) host: String,
    port: u16,
    ca_file: PathBuf,
    /// It goes with the box, and with it the truststore that is made there.
    folder: PathBuf,
    /// Where the stand-in for the Azure CLI is.
    azure_cli: PathBuf,
    tabs: BTreeMap<String, Tab>,
}

/// What programs find whose connection was created for one client type.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Tab {
    /// By zone.
    zones: BTreeMap<String, Variables>,
    /// For a person who has logged in to the Azure CLI.
    developer: Variables,
}

impl Description {
    /// Describes a box for these principals, one for each zone, and for a developer.
    pub(super) fn of(
        env: &TestEnv,
        server: String,
        principals: &[Principal; 3],
        developer: &Principal,
    ) -> Self {
        let address = env.address();
        let tab = |tab: ClientType| {
            let zones = AuthMode::ALL.iter().zip(principals);
            let zones = zones.map(|(zone, it)| (zone.to_string(), env.environment(tab, it)));
            Tab {
                zones: zones.collect(),
                developer: env.environment(tab, developer),
            }
        };
        let tabs = ClientType::ALL.map(|it| (it.to_string(), tab(it)));
        Self {
            server,
            host: address.host,
            port: address.port,
            ca_file: env.emulator().ca_pem_path().to_owned(),
            folder: PathBuf::new(),
            azure_cli: PathBuf::new(),
            tabs: tabs.into(),
        }
    }

    /// Where the box's files are, and its stand-in for the Azure CLI.
    pub(super) fn with_folders(self, folder: &Path, azure_cli: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            azure_cli: azure_cli.to_owned(),
            ..self
        }
    }

    /// What a program of a tab needs that runs in a zone.
    pub(super) async fn printout(
        &self,
        tab: ClientType,
        zone: AuthMode,
    ) -> anyhow::Result<Printout> {
        let libraries = libraries::of(tab);
        let mut comments = Vec::new();
        let mut truststore = None;
        if libraries.use_a_truststore() {
            let made = truststore::make(&self.ca_file, &self.folder).await?;
            if made.is_none() {
                comments.extend(truststore::how_to_make_one(&self.ca_file));
            }
            truststore = made;
        }
        let for_tab = self.tabs.get(&tab.to_string());
        let variables = for_tab.and_then(|it| Some((it.zones.get(zone.name())?, &it.developer)));
        let (variables, developer) = variables.context("the running box is of another version")?;
        comments.extend(libraries.notes.iter().flat_map(note_lines));
        comments.extend(developer_lines(variables, developer, &self.azure_cli));
        let mut variables = variables.clone();
        variables.extend(libraries.variables(&self.ca_file, truststore.as_deref()));
        Ok(Printout {
            variables,
            comments,
        })
    }

    #[cfg(test)]
    pub(super) fn example() -> Self {
        let variables = |name: &str| {
            let variables = [
                ("AZURE_MYSQL_USER", name),
                ("AZURE_MYSQL_HOST", "127.0.0.1"),
            ];
            variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        };
        let tab = Tab {
            zones: AuthMode::ALL
                .map(|zone| (zone.to_string(), variables(zone.name())))
                .into(),
            developer: variables("developer"),
        };
        Self {
            server: "embedded".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 3399,
            ca_file: "/tmp/ca".into(),
            folder: "/tmp/up".into(),
            azure_cli: "/tmp/az".into(),
            tabs: [("python".to_owned(), tab)].into(),
        }
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is up at {}:{}", self.server, self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_printout_is_of_the_tab_and_zone_that_were_asked_for() {
        let description = Description::example();
        let printout = description.printout(ClientType::Python, AuthMode::UserIdentity);
        let printout = printout.await.unwrap();
        assert_eq!(printout.variables["AZURE_MYSQL_USER"], "user_identity");
        assert_eq!(printout.variables["REQUESTS_CA_BUNDLE"], "/tmp/ca");
        let comments = printout.comments.join("\n");
        assert!(
            comments.contains("disable_instance_discovery"),
            "{comments}"
        );
        assert!(comments.contains("/tmp/az"), "{comments}");
    }

    #[tokio::test]
    async fn a_box_that_knows_no_such_tab_is_an_error() {
        let description = Description::example();
        let printout = description.printout(ClientType::Go, AuthMode::UserIdentity);
        assert!(printout.await.is_err());
    }
}

//! A box that looks like Azure from within, with somebody for each zone.

use std::collections::BTreeMap;

use azure_mysql::ClientType;
use azure_mysql_emulator::Principal;
use test_servers::{Sandbox, SandboxBuilder, ServerKind};

use crate::zone::Zone;

pub(crate) struct AzureBox {
    sandbox: Sandbox,
    /// In the order of [`Zone::ALL`].
    principals: [Principal; 3],
}

impl AzureBox {
    pub(crate) async fn start(server: ServerKind) -> anyhow::Result<Self> {
        let principals = Zone::ALL.map(Zone::principal);
        let sandbox = principals
            .iter()
            .cloned()
            .fold(Sandbox::builder(server), SandboxBuilder::principal)
            .start()
            .await?;
        Ok(Self {
            sandbox,
            principals,
        })
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    pub(crate) fn principal(&self, zone: Zone) -> &Principal {
        &self.principals[zone as usize]
    }

    /// What a program finds whose connection was created for this client type and zone.
    pub(crate) fn environment(
        &self,
        client_type: ClientType,
        zone: Zone,
    ) -> BTreeMap<String, String> {
        self.sandbox.environment(client_type, self.principal(zone))
    }

    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        Ok(self.sandbox.stop().await?)
    }
}

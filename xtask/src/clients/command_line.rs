//! The products' own command-line clients.

use test_servers::{CommandLineClient, Product};
use tokio::process::Command;

use super::Prepared;
use crate::{azure_box::AzureBox, zone::Zone};

/// A small unit of work, and the line that says who did it.
const STATEMENTS: &str = "\
CREATE TABLE IF NOT EXISTS command_line (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(100));
INSERT INTO command_line (note) VALUES ('written on the command line');
SELECT CONCAT('logged in as ', CURRENT_USER(), ' to ', VERSION(), ' over TLSv1.')
  FROM command_line WHERE note = 'written on the command line' LIMIT 1;
SHOW SESSION STATUS LIKE 'Ssl_version';";

pub(super) async fn command(
    product: Product,
    azure: &AzureBox,
    zone: Zone,
) -> anyhow::Result<Prepared> {
    let client = tokio::task::spawn_blocking(move || CommandLineClient::provision(product)).await?;
    let address = azure.sandbox().address();
    let mut command = client?.command(azure.sandbox().emulator().ca_pem_path())?;
    command
        .args(["--host", &address.host])
        .args(["--port", &address.port.to_string()])
        .args(["--user", azure.principal(zone).name()])
        .args(["--database", &address.database])
        .args(["--batch", "--skip-column-names", "--execute", STATEMENTS]);
    Ok(Prepared::Ready(Command::from(command)))
}

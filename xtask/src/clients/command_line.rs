//! The products' own command-line clients.

use test_servers::{CommandLineClient, Product, TestEnv, blocking};

use super::Prepared;
use crate::auth_mode::AuthMode;

/// A small unit of work, and who did it over what.
const STATEMENTS: &str = "\
CREATE TABLE IF NOT EXISTS command_line (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(100));
INSERT INTO command_line (note) VALUES ('written on the command line');
SELECT CURRENT_USER(), VERSION()
  FROM command_line WHERE note = 'written on the command line' LIMIT 1;
SHOW SESSION STATUS LIKE 'Ssl_version';";

/// Makes the line that other programs print of the two rows that these statements give.
pub(super) fn login_line(output: &str) -> Option<String> {
    let mut rows = output.lines().filter_map(|line| line.split_once('\t'));
    let (user, version) = rows.next()?;
    let (_, tls) = rows.find(|(name, _)| *name == "Ssl_version")?;
    Some(format!("logged in as {user} to {version} over {tls}"))
}

pub(super) async fn command(
    product: Product,
    env: &TestEnv,
    auth_mode: AuthMode,
) -> anyhow::Result<Prepared> {
    let client = blocking(move || CommandLineClient::provision(product)).await;
    let address = env.address();
    let mut command = client?.command(env.emulator().ca_pem_path())?;
    command
        .args(["--host", &address.host])
        .args(["--port", &address.port.to_string()])
        .args(["--user", auth_mode.principal(env).name()])
        .args(["--database", &address.database])
        .args(["--batch", "--skip-column-names", "--execute", STATEMENTS]);
    Ok(Prepared::Ready(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_rows_of_the_client_become_one_line() {
        let line = login_line("aad_app@%\t9.7.4\nSsl_version\tTLSv1.3\n");
        let expected = "logged in as aad_app@% to 9.7.4 over TLSv1.3";
        assert_eq!(line.as_deref(), Some(expected));
        assert_eq!(login_line("ERROR 1045 (28000): Access denied\n"), None);
    }
}

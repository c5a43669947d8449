//! The certificate authority in the format that Java reads.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::ensure;
use tokio::process::Command;

use super::printing::{block, export};
use crate::clients::libraries::{TRUSTSTORE_PASSWORD, java_options};

/// Makes a truststore in a folder, or finds the one that was made there. `None` without a JDK.
pub(super) async fn make(ca_file: &Path, folder: &Path) -> anyhow::Result<Option<PathBuf>> {
    let path = folder.join("truststore.p12");
    if path.exists() {
        return Ok(Some(path));
    }
    // Another process may be making one.
    let partial = folder.join(format!("truststore-{}.p12", std::process::id()));
    let output = match Command::new("keytool")
        .args(arguments(ca_file, &partial))
        .output()
        .await
    {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    ensure!(
        output.status.success(),
        "keytool cannot make a truststore: {}",
        String::from_utf8_lossy(&output.stdout).trim()
    );
    std::fs::rename(partial, &path)?;
    Ok(Some(path))
}

/// What to do on a machine with a JDK.
pub(super) fn how_to_make_one(ca_file: &Path) -> Vec<String> {
    let truststore = Path::new("truststore.p12");
    let command = format!("keytool {}", arguments(ca_file, truststore).join(" "));
    let options = export("JAVA_TOOL_OPTIONS", &java_options(truststore));
    let about = "no keytool on PATH: Java trusts the emulator with";
    block(about, [command, options])
}

/// <https://docs.oracle.com/en/java/javase/17/docs/specs/man/keytool.html>
fn arguments(ca_file: &Path, truststore: &Path) -> Vec<String> {
    let arguments = ["-importcert", "-noprompt", "-alias", "azure-mysql-emulator"];
    let arguments = arguments.into_iter().chain(["-storetype", "PKCS12"]);
    let arguments = arguments.chain(["-storepass", TRUSTSTORE_PASSWORD]);
    let mut arguments: Vec<_> = arguments.map(str::to_owned).collect();
    for (name, path) in [("-file", ca_file), ("-keystore", truststore)] {
        arguments.extend([name.to_owned(), path.display().to_string()]);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_jdk_the_commands_are_told() {
        let lines = how_to_make_one(Path::new("/tmp/ca"));
        let expected = [
            "",
            "no keytool on PATH: Java trusts the emulator with:",
            "  keytool -importcert -noprompt -alias azure-mysql-emulator -storetype PKCS12 \
             -storepass changeit -file /tmp/ca -keystore truststore.p12",
            "  export JAVA_TOOL_OPTIONS='-Djavax.net.ssl.trustStore=truststore.p12 \
             -Djavax.net.ssl.trustStorePassword=changeit'",
        ];
        assert_eq!(lines, expected);
    }
}

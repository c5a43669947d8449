//! The trusted roots in a file, which is how the library takes them.

use std::io::{self, Write};

use azure_mysql::Trust;
use base64::{Engine, engine::general_purpose::STANDARD};
use tempfile::NamedTempFile;

/// How long a line of PEM is: <https://www.rfc-editor.org/rfc/rfc7468#section-2>.
const LINE: usize = 64;

pub(super) fn pem(trust: &Trust) -> String {
    let mut pem = String::new();
    for root in trust.certificates() {
        pem += "-----BEGIN CERTIFICATE-----\n";
        let mut base64 = &*STANDARD.encode(root);
        while !base64.is_empty() {
            let (line, rest) = base64.split_at(base64.len().min(LINE));
            pem += line;
            pem += "\n";
            base64 = rest;
        }
        pem += "-----END CERTIFICATE-----\n";
    }
    pem
}

/// A file for one attempt, which is gone when this is dropped. One that lay there for longer could be
/// removed by those who tidy up temporary files, and replaced by somebody else.
pub(super) fn file(pem: &str) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::with_prefix("token-source-diesel-")?;
    file.write_all(pem.as_bytes())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_trusted() {
        let azure = Trust::azure_roots();
        let file = file(&pem(&azure)).unwrap();
        let read = Trust::private_ca(file.path()).unwrap();
        assert_eq!(read.certificates(), azure.certificates());
    }
}

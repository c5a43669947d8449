//! The trusted roots in a file, which is how the library takes them.

use std::io::{self, Write};

use tempfile::NamedTempFile;

/// A file for one attempt, which is gone when this is dropped. One that lay there for longer could be
/// removed by those who tidy up temporary files, and replaced by somebody else.
pub(super) fn file(pem: &str) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::with_prefix("token-source-diesel-")?;
    file.write_all(pem.as_bytes())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use azure_mysql::Trust;

    use super::*;

    #[test]
    fn what_is_written_is_what_is_trusted() {
        let azure = Trust::azure_roots();
        let file = file(&azure.pem()).unwrap();
        let read = Trust::private_ca(file.path()).unwrap();
        assert_eq!(read.certificates(), azure.certificates());
    }
}

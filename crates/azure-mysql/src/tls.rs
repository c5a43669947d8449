//! TLS modes. They can only ask for what is done in any case: certificate and host name are verified.

use crate::{Error, name::Name, sourced::Sourced};

/// What a setting asks for.
#[derive(Clone, Copy)]
pub(crate) enum TlsMode {
    /// TLS, verified or not said whether.
    Tls,
    /// Less than verified TLS.
    Weaker,
    /// None of the words that were expected, which are these.
    Unknown(&'static str),
}

/// One client's words for TLS modes, separated by spaces.
pub(crate) struct Vocabulary {
    pub(crate) tls: &'static str,
    pub(crate) weaker: &'static str,
}

/// Accepted anywhere a TLS mode is free text.
pub(crate) const ANY: Vocabulary = Vocabulary {
    tls: "true 1 yes on require required verifyca verifyfull verifyidentity",
    weaker: "false 0 no off none disable disabled prefer preferred allow skipverify",
};

impl Vocabulary {
    /// Case, `-`, `_` and spaces do not count: `VERIFY_CA`, `verify-ca` and `VerifyCA` are one word
    /// in three languages.
    pub(crate) fn read(&self, word: &str) -> TlsMode {
        let plain: String = word
            .chars()
            .filter(|c| !matches!(c, '-' | '_') && !c.is_whitespace())
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let is_in = |words: &str| words.split(' ').any(|word| word == plain);
        if is_in(self.tls) {
            TlsMode::Tls
        } else if is_in(self.weaker) {
            TlsMode::Weaker
        } else {
            TlsMode::Unknown(self.tls)
        }
    }
}

/// PHP's flags, such as `MYSQLI_CLIENT_SSL`, of which several can be joined by `|`:
/// <https://www.php.net/manual/mysqli.constants.php>.
pub(crate) fn read_php_flags(flags: &str) -> TlsMode {
    let flags = flags.to_ascii_uppercase();
    let asks_for_tls = flags.split('|').any(|flag| {
        matches!(
            flag.trim(),
            "MYSQL_CLIENT_SSL" | "MYSQLI_CLIENT_SSL" | "2048"
        )
    });
    if flags.contains("DONT_VERIFY") {
        TlsMode::Weaker
    } else if asks_for_tls {
        TlsMode::Tls
    } else {
        TlsMode::Unknown("MYSQL_CLIENT_SSL MYSQLI_CLIENT_SSL")
    }
}

pub(crate) fn check(mode: &Sourced<TlsMode>) -> Result<(), Error> {
    match mode.value {
        TlsMode::Tls => Ok(()),
        TlsMode::Weaker => Err(too_weak(&mode.name)),
        TlsMode::Unknown(expected) => Err(Error::invalid(
            &mode.name,
            format!(
                "is not a recognised TLS mode; expected one of {}",
                expected.replace(' ', ", ")
            ),
        )),
    }
}

fn too_weak(name: &Name) -> Error {
    Error::invalid(
        name,
        "allows a connection without TLS or with an unverified server certificate; tokens are sent \
         only over verified TLS, so set a stricter mode such as required, or remove it",
    )
}

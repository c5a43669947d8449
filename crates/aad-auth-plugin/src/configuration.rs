//! The verifier that all logins share.

use std::{
    env,
    error::Error,
    ffi::OsStr,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use aad_auth::Verifier;

use crate::log;

/// Names the JSON file with the configuration.
const VARIABLE: &str = "AAD_AUTH_CONFIG";

/// What became of the configuration: a verifier, or why there is none.
pub(crate) type Configuration = Result<Verifier, String>;

static CURRENT: RwLock<Option<Arc<Configuration>>> = RwLock::new(None);

/// Reads the configuration, when the server loads the plugin.
///
/// The plugin loads even without a usable configuration: then it refuses each login with the
/// reason, which is easier to find than accounts whose plugin is missing.
pub(crate) fn load() {
    let configuration = read(env::var_os(VARIABLE).as_deref());
    match &configuration {
        Ok(_) => log::write("configuration read"),
        Err(reason) => log::write(&format!("every login will be refused: {reason}")),
    }
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(configuration));
}

/// Forgets the configuration, when the server unloads the plugin.
pub(crate) fn unload() {
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = None;
}

/// The configuration as it was when the server loaded the plugin.
pub(crate) fn current() -> Arc<Configuration> {
    CURRENT
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
        .unwrap_or_else(|| Arc::new(Err("the server did not initialise the plugin".to_owned())))
}

fn read(path: Option<&OsStr>) -> Configuration {
    let path = path.ok_or_else(|| {
        format!(
            "{VARIABLE} is not set; start the server with the path of the configuration file in it"
        )
    })?;
    Verifier::from_file(Path::new(path)).map_err(|error| with_causes(&error))
}

fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_causes(source)),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_file_the_reason_names_the_variable() {
        assert!(
            read(None)
                .unwrap_err()
                .contains("AAD_AUTH_CONFIG is not set")
        );
    }

    #[test]
    fn with_a_missing_file_the_reason_names_file_and_cause() {
        let reason = read(Some("/nowhere/aad_auth.json".as_ref())).unwrap_err();
        assert!(
            reason.contains("/nowhere/aad_auth.json: No such file"),
            "{reason}"
        );
    }

    #[test]
    fn a_plugin_that_was_not_initialised_has_no_verifier() {
        assert!(current().is_err());
    }
}

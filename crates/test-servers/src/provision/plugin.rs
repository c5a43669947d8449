//! The workspace's authentication plugin.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
};

use super::unpacked::workspace;
use crate::Error;

static BUILT: Mutex<Option<PathBuf>> = Mutex::new(None);

/// The workspace's authentication plugin. Cargo builds it when a process first needs it, unless the
/// process was told where it is.
#[derive(Debug)]
pub enum Plugin {}

impl Plugin {
    /// The environment variable that names the plugin's library, if it is built already.
    pub const VARIABLE: &str = "AAD_AUTH_PLUGIN";

    /// Makes this process use a library that is built already.
    pub fn use_built(library: PathBuf) {
        *BUILT.lock().unwrap_or_else(PoisonError::into_inner) = Some(library);
    }
}

/// Builds `aad-auth-plugin` once a process and returns its library.
///
/// With optimisation if this program has it: each login waits for the plugin's check of a token.
pub(crate) fn build() -> Result<PathBuf, Error> {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = &*built {
        return Ok(library.clone());
    }
    let library = match std::env::var_os(Plugin::VARIABLE) {
        Some(library) => library.into(),
        None => run_cargo()?,
    };
    *built = Some(library.clone());
    Ok(library)
}

fn run_cargo() -> Result<PathBuf, Error> {
    tracing::info!("building the plugin aad_auth");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--lib", "--package", "aad-auth-plugin"])
        // It has no library, so this builds nothing more. But what the two depend on gets the features
        // of both, which programs with this crate have too. With its own features alone, the plugin
        // would need much of it anew, aws-lc's C above all.
        .args(["--package", "xtask"])
        .args((!cfg!(debug_assertions)).then_some("--release"))
        .arg("--message-format=json-render-diagnostics")
        .current_dir(workspace())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| {
            Error::caused_by(
                "cannot run `cargo` to build the plugin aad_auth: have it on PATH",
                error,
            )
        })?;
    if !output.status.success() {
        return Err(Error::new(
            "the plugin aad_auth does not build: run `cargo build -p aad-auth-plugin`",
        ));
    }
    library(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| {
        Error::new("`cargo build -p aad-auth-plugin` made no shared library: make it a cdylib")
    })
}

/// The shared library among the artifacts that cargo reports.
///
/// <https://doc.rust-lang.org/cargo/reference/external-tools.html#artifact-messages>
fn library(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| {
            let package = message["package_id"].as_str().unwrap_or_default();
            package.contains("/aad-auth-plugin#")
        })
        .find_map(|message| {
            let files = message["filenames"].as_array()?;
            let mut paths = files
                .iter()
                .filter_map(|file| file.as_str().map(PathBuf::from));
            paths.find(|path| path.extension().is_some_and(|extension| extension == "so"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_of_the_plugin_is_found_among_other_artifacts() {
        let messages = r#"
{"reason":"compiler-artifact","package_id":"path+file:///w/some-derive#1.0.0","filenames":["/t/libsome_derive.so"]}
{"reason":"compiler-artifact","package_id":"path+file:///w/aad-auth#0.1.0","filenames":["/t/libaad_auth.rlib"]}
{"reason":"compiler-artifact","package_id":"path+file:///w/aad-auth-plugin#0.1.0","filenames":["/t/libaad_auth_plugin.rlib","/t/libaad_auth.so"]}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(library(messages), Some("/t/libaad_auth.so".into()));
    }

    #[test]
    fn a_build_without_a_shared_library_gives_none() {
        let messages = r#"{"package_id":"path+file:///w/aad-auth-plugin#0.1.0","filenames":["/t/libaad_auth_plugin.rlib"]}"#;
        assert_eq!(library(messages), None);
    }
}

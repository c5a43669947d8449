use std::{
    ffi::{OsStr, OsString},
    io,
    process::Output,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use azure_identity::Executor;

use super::{aadsts, failure::Cause};
use crate::{Error, ErrorKind, credential_kind::CredentialKind, error::Details};

/// A program that a person has logged in with.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) kind: CredentialKind,
    pub(super) program: &'static str,
    pub(super) log_in: &'static str,
    /// What shows a person why there is no token.
    pub(super) show: &'static str,
}

/// One run of a tool, and how it ended.
///
/// Run by the SDK itself, the tool would survive a cancelled fetch, and errors would hold all that the
/// tool printed.
#[derive(Debug)]
pub(super) struct Run {
    tool: &'static Tool,
    exit: Mutex<Option<Exit>>,
}

#[derive(Clone, Copy, Debug)]
enum Exit {
    Succeeded,
    NotFound,
    Failed { entra_code: Option<u32> },
}

impl Run {
    pub(super) fn of(tool: &'static Tool) -> Arc<Self> {
        Arc::new(Self {
            tool,
            exit: Mutex::new(None),
        })
    }

    /// Why there is no token. Only the code is taken from what the tool printed: the rest is several
    /// lines, and could hold anything.
    pub(super) fn error(&self, error: &azure_core::Error) -> Error {
        use ErrorKind::{CredentialUnavailable, MalformedResponse, Refused};
        let Tool {
            kind,
            program,
            log_in,
            show,
        } = *self.tool;
        let exit = *self.exit.lock().unwrap_or_else(PoisonError::into_inner);
        let details = |error_kind, message| Details::of(kind, error_kind, message);
        match exit {
            None => Details {
                source: Cause::below("", Some(error)),
                ..details(
                    CredentialUnavailable,
                    format!("could not run {program}; run `{show}` in a shell to see why"),
                )
            },
            Some(Exit::NotFound) => details(
                CredentialUnavailable,
                format!("there is no {program} on the PATH; install it, then run `{log_in}`"),
            ),
            Some(Exit::Failed {
                entra_code: Some(code),
            }) => {
                let meaning = aadsts::meaning(code).unwrap_or("the login was rejected");
                Details {
                    entra_code: Some(code),
                    ..details(
                        Refused,
                        format!(
                            "Microsoft Entra answered AADSTS{code}: {meaning}; to log in again, run \
                             `{log_in}`"
                        ),
                    )
                }
            }
            Some(Exit::Failed { entra_code: None }) => details(
                CredentialUnavailable,
                format!("{program} returned no token; log in with `{log_in}`, or run `{show}` to see why"),
            ),
            Some(Exit::Succeeded) => details(
                MalformedResponse,
                format!("what {program} printed is not a token; update {program}"),
            ),
        }
        .into()
    }
}

#[async_trait]
impl Executor for Run {
    async fn run(&self, program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        let arguments = arguments.iter().map(|argument| exec_by_shell(argument));
        let output = output_of(program, arguments).await?;
        let exit = if output.status.success() {
            Exit::Succeeded
        } else {
            let printed = String::from_utf8_lossy(&output.stderr);
            if output.status.code() == Some(127) || printed.contains("' is not recognized") {
                Exit::NotFound
            } else {
                Exit::Failed {
                    entra_code: entra_code(&printed),
                }
            }
        };
        *self.exit.lock().unwrap_or_else(PoisonError::into_inner) = Some(exit);
        Ok(output)
    }
}

#[cfg(not(shuttle))]
async fn output_of(
    program: &OsStr,
    arguments: impl Iterator<Item = OsString>,
) -> io::Result<Output> {
    tokio::process::Command::new(program)
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await
}

/// The model of the cache has no processes.
#[cfg(shuttle)]
async fn output_of(_: &OsStr, _: impl Iterator<Item = OsString>) -> io::Result<Output> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The SDK has a shell run `cd /bin && az …`. With `exec` the tool replaces the shell, so that it is the
/// tool that is killed when the fetch is cancelled.
fn exec_by_shell(argument: &OsStr) -> OsString {
    match argument.to_str() {
        Some(text) if cfg!(unix) => text.replacen(" && ", " && exec ", 1).into(),
        _ => argument.to_owned(),
    }
}

/// The first `AADSTS` code in what a tool printed.
fn entra_code(printed: &str) -> Option<u32> {
    let (_, after) = printed.split_once("AADSTS")?;
    let digits = after
        .find(|character: char| !character.is_ascii_digit())
        .map_or(after, |end| &after[..end]);
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entra_code_is_found_in_tool_output() {
        for (printed, code) in [
            (
                "ERROR: AADSTS70043: The refresh token has expired",
                Some(70043),
            ),
            ("AADSTS50076", Some(50076)),
            ("ERROR: AADSTS: and nothing", None),
            ("AADSTS99999999999999", None),
            ("ERROR: Please run 'az login' to setup account.", None),
            ("", None),
        ] {
            assert_eq!(entra_code(printed), code, "{printed}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn tool_replaces_the_shell() {
        let command = OsStr::new("cd /bin && az account get-access-token");
        assert_eq!(
            exec_by_shell(command),
            "cd /bin && exec az account get-access-token"
        );
        assert_eq!(exec_by_shell(OsStr::new("-c")), "-c");
    }
}

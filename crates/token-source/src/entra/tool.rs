use std::{
    ffi::{OsStr, OsString},
    io,
    process::Output,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use azure_identity::Executor;

use super::{code, failure::Cause};
use crate::{Error, ErrorKind};

/// A program with which a person has logged in.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) program: &'static str,
    pub(super) log_in: &'static str,
    /// What shows a person why there is no token.
    pub(super) show: &'static str,
}

/// One run of a tool, and how it ended.
///
/// The SDK's own way of running it leaves the tool behind when the fetch is given up, and its errors
/// hold all that the tool printed.
#[derive(Debug)]
pub(super) struct Run {
    tool: &'static Tool,
    end: Mutex<Option<End>>,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Succeeded,
    NotFound,
    Failed { entra_code: Option<u32> },
}

impl Run {
    pub(super) fn of(tool: &'static Tool) -> Arc<Self> {
        Arc::new(Self {
            tool,
            end: Mutex::new(None),
        })
    }

    /// Why there is no token. What the tool printed is left out but for the code: it is several
    /// lines, and nobody can say what is in them.
    pub(super) fn error(&self, error: &azure_core::Error) -> Error {
        let Tool {
            name,
            program,
            log_in,
            show,
        } = self.tool;
        let unavailable = ErrorKind::CredentialUnavailable;
        match *self.end.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Error::with_source(
                unavailable,
                format!("{name}: {program} could not be run; run `{show}` in a shell to see why"),
                Cause::of(error),
            ),
            Some(End::NotFound) => Error::new(
                unavailable,
                format!("{name}: there is no {program} on the PATH; install it, then `{log_in}`"),
            ),
            Some(End::Failed {
                entra_code: Some(entra_code),
            }) => {
                let meaning = code::meaning(entra_code).unwrap_or("the login was refused");
                Error::from_entra(
                    ErrorKind::Refused,
                    format!(
                        "{name}: Microsoft Entra answered AADSTS{entra_code}: {meaning}; \
                         `{log_in}` starts anew"
                    ),
                    entra_code,
                )
            }
            Some(End::Failed { entra_code: None }) => Error::new(
                unavailable,
                format!(
                    "{name}: {program} gave no token; log in with `{log_in}`, `{show}` says more"
                ),
            ),
            Some(End::Succeeded) => Error::new(
                ErrorKind::MalformedResponse,
                format!("{name}: what {program} printed is not a token; update {program}"),
            ),
        }
    }
}

#[async_trait]
impl Executor for Run {
    async fn run(&self, program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        let arguments = arguments
            .iter()
            .map(|argument| in_place_of_the_shell(argument));
        let output = output_of(program, arguments).await?;
        let end = if output.status.success() {
            End::Succeeded
        } else {
            let printed = String::from_utf8_lossy(&output.stderr);
            if output.status.code() == Some(127) || printed.contains("' is not recognized") {
                End::NotFound
            } else {
                End::Failed {
                    entra_code: entra_code(&printed),
                }
            }
        };
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
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

/// The SDK has a shell run `cd /bin && az …`. With `exec` the tool takes the shell's place, so that
/// it is the tool that is ended when the fetch is given up.
fn in_place_of_the_shell(argument: &OsStr) -> OsString {
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
    fn the_code_is_found_in_what_a_tool_prints() {
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
    fn the_tool_takes_the_shells_place() {
        let command = OsStr::new("cd /bin && az account get-access-token");
        assert_eq!(
            in_place_of_the_shell(command),
            "cd /bin && exec az account get-access-token"
        );
        assert_eq!(in_place_of_the_shell(OsStr::new("-c")), "-c");
    }
}

//! Building programs and finding them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};
use cargo_metadata::{Artifact, Message, TargetKind};
use process_supervisor::Output;

use crate::{run, workspace};

/// What a build has made, or found made already.
pub(crate) struct Built {
    artifacts: Vec<Artifact>,
}

impl Built {
    /// Builds with this command of cargo's, which says so on standard error. What it has started ends
    /// when this is dropped.
    pub(crate) async fn with(mut cargo: Command) -> anyhow::Result<Self> {
        let messages = Output::new().context("no temporary file: check TMPDIR")?;
        cargo
            .arg("--message-format=json-render-diagnostics")
            .stdout(messages.writer()?);
        let shown = shown(&cargo);
        if !run::status(cargo).await?.success() {
            bail!("`{shown}` failed");
        }
        Self::read(&messages.text())
    }

    fn read(messages: &str) -> anyhow::Result<Self> {
        let mut artifacts = Vec::new();
        for message in Message::parse_stream(messages.as_bytes()) {
            if let Message::CompilerArtifact(artifact) = message? {
                artifacts.push(artifact);
            }
        }
        Ok(Self { artifacts })
    }

    /// Each program that is no test, by its name.
    pub(crate) fn programs(&self) -> BTreeMap<String, PathBuf> {
        let programs = self.artifacts.iter().filter(|it| !it.profile.test);
        programs
            .filter_map(|it| Some((it.target.name.clone(), it.executable.clone()?.into())))
            .collect()
    }

    /// The programs that hold tests, with what they were made of.
    pub(crate) fn test_programs(&self) -> impl Iterator<Item = (&Artifact, &Path)> {
        let programs = self.artifacts.iter().filter(|it| it.profile.test);
        programs.filter_map(|it| Some((it, it.executable.as_ref()?.as_std_path())))
    }

    /// The library that real servers load.
    pub(crate) fn plugin(&self) -> Option<PathBuf> {
        let libraries = self.artifacts.iter().filter(|it| {
            !it.profile.test
                && it.target.kind.contains(&TargetKind::CDyLib)
                && it.manifest_path.as_str().contains("/aad-auth-plugin/")
        });
        let mut files = libraries.flat_map(|it| &it.filenames);
        files
            .find(|file| file.extension() == Some("so"))
            .map(|file| file.clone().into())
    }

    /// How much had to be compiled.
    pub(crate) fn compiled(&self) -> usize {
        self.artifacts.iter().filter(|it| !it.fresh).count()
    }
}

/// Builds the packages and returns where each of their programs is.
pub(crate) async fn programs(
    packages: &BTreeSet<String>,
) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let mut cargo = cargo();
    cargo.arg("build");
    for package in packages {
        cargo.args(["--package", package]);
    }
    Ok(Built::with(cargo).await?.programs())
}

/// The cargo that runs this program, in the workspace's root.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace::root());
    cargo
}

/// A command of cargo's as one would type it.
pub(crate) fn shown(cargo: &Command) -> String {
    let words = cargo.get_args().map(|word| word.to_string_lossy());
    std::iter::once("cargo".into())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

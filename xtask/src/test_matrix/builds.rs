//! What has to be built for the cases, each crate once.

use std::{collections::HashMap, path::PathBuf, process::Command};

use anyhow::Context;
use test_servers::{ClientLibrary, Product, ServerKind};

use super::{
    case::{Build, Case, Task, TestProgram},
    plan,
};
use crate::build::{self, Built};

/// All that was built, and what was not.
#[derive(Default)]
pub(super) struct Builds(HashMap<Build, Result<Built, String>>);

impl Builds {
    /// Builds what these cases run. The rest of the cases tell by their absence what can be left out.
    pub(super) async fn of(cases: &[Case], whole: bool) -> Self {
        let mut all = Self::default();
        for build in builds_of(cases) {
            let outcome = match command(build, cases, whole) {
                Ok(command) => {
                    eprintln!("$ {}", build::shown(&command));
                    Built::with(command).await
                }
                Err(error) => Err(error),
            };
            let outcome = outcome.map_err(|error| format!("{error:#}"));
            all.0.insert(build, outcome);
        }
        all
    }

    pub(super) fn get(&self, build: Build) -> Result<&Built, String> {
        let outcome = self.0.get(&build);
        outcome
            .ok_or_else(|| format!("{build:?} was not built"))?
            .as_ref()
            .map_err(Clone::clone)
    }

    /// What most cases need, if any did.
    pub(super) fn workspace(&self) -> Option<&Result<Built, String>> {
        self.0.get(&Build::Workspace)
    }

    /// Where the program is.
    pub(super) fn executable(&self, program: &TestProgram) -> Result<PathBuf, String> {
        let mut programs = self.get(program.build)?.test_programs();
        programs
            .find(|(artifact, _)| program.is_made_of(artifact))
            .map(|(_, executable)| executable.to_owned())
            .ok_or_else(|| format!("cargo has made no such program of {}", program.package))
    }

    /// Programs that cargo has made of tests and that none of these cases would run.
    pub(super) fn unclaimed(&self, cases: &[Case]) -> Vec<String> {
        let built = self
            .0
            .get(&Build::Workspace)
            .and_then(|it| it.as_ref().ok());
        let programs = built.into_iter().flat_map(Built::test_programs);
        programs
            .map(|(artifact, _)| artifact)
            // Without its flag there is nothing in it.
            .filter(|artifact| artifact.target.name != plan::SHUTTLE)
            .filter(|artifact| {
                let mut programs = cases.iter().filter_map(Case::program);
                !programs.any(|it| it.build == Build::Workspace && it.is_made_of(artifact))
            })
            .map(|artifact| format!("{} ({})", artifact.target.name, artifact.manifest_path))
            .collect()
    }

    /// How many crates had to be compiled.
    pub(super) fn compiled(&self) -> usize {
        self.0.values().flatten().map(Built::compiled).sum()
    }
}

fn builds_of(cases: &[Case]) -> Vec<Build> {
    let mut builds = Vec::new();
    let mut add = |build| {
        if !builds.contains(&build) {
            builds.push(build);
        }
    };
    for case in cases {
        match &case.task {
            Task::Tests(program, _) => add(program.build),
            Task::Demo(_) => add(Build::Workspace),
            Task::Client(..) | Task::Documentation | Task::Features(_) => {}
        }
        // Real servers load a plugin that is made there.
        if case.server.and_then(ServerKind::product).is_some() {
            add(Build::Workspace);
        }
    }
    // What the others depend on is compiled there.
    builds.sort_by_key(|build| *build != Build::Workspace);
    builds
}

fn command(build: Build, cases: &[Case], whole: bool) -> anyhow::Result<Command> {
    let mut cargo = build::cargo();
    match build {
        // Programs, libraries and tests in one build: a crate has the same features in all of them,
        // so that it is compiled once.
        Build::Workspace => {
            cargo.args(["build", "--workspace", "--all-features", "--lib", "--bins"]);
            if whole {
                cargo.arg("--examples");
            }
            cargo.args(targets(cases));
        }
        // Its flag makes everything anew, so it has a folder of its own.
        Build::Shuttle => {
            cargo
                .args(["test", "--no-run", "--package", "token-source"])
                .args(["--test", plan::SHUTTLE, "--target-dir", "target/shuttle"])
                .env("RUSTFLAGS", "--cfg shuttle");
        }
        Build::ClientLibrary(product) => {
            let library = ClientLibrary::provision(product)?;
            let environment = library
                .environment()
                .context("the client library cannot be used")?;
            cargo
                .args(["test", "--no-run", "--tests", "--manifest-path"])
                .args([plan::CLIENT_LIBRARY_MANIFEST, "--features"])
                .arg(product.to_string())
                // Most of what it depends on is compiled there already.
                .args(["--target-dir", "target"])
                .envs(environment);
            if product == Product::Mariadb {
                // A difference, so that both libraries' bindings are kept beside each other.
                let difference = "profile.dev.package.mysqlclient-sys.opt-level=1";
                cargo.args(["--config", difference]);
            }
        }
    }
    Ok(cargo)
}

/// All tests, or those alone that are named by cases, if none of these is within a library.
fn targets(cases: &[Case]) -> Vec<String> {
    // An empty one, because a build with a test in it has the features that tests want, and one
    // without would compile half of the tree anew.
    let mut targets = ["--test", plan::SHUTTLE].map(str::to_owned).to_vec();
    for program in cases.iter().filter_map(Case::program) {
        if program.build == Build::Workspace {
            if program.is_unit {
                return vec!["--tests".to_owned()];
            }
            if !targets.contains(&program.target) {
                targets.extend(["--test".to_owned(), program.target.clone()]);
            }
        }
    }
    targets
}

impl Case {
    pub(super) fn program(&self) -> Option<&TestProgram> {
        match &self.task {
            Task::Tests(program, _) => Some(program),
            _ => None,
        }
    }
}

impl TestProgram {
    fn is_made_of(&self, artifact: &cargo_metadata::Artifact) -> bool {
        let folder = artifact.manifest_path.parent();
        let is_unit = !artifact
            .target
            .kind
            .contains(&cargo_metadata::TargetKind::Test);
        folder.is_some_and(|folder| folder.as_std_path() == self.folder)
            && artifact.target.name == self.target
            && is_unit == self.is_unit
    }
}

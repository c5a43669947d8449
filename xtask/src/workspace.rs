//! What cargo says about the workspace.

use std::path::Path;

use anyhow::Context;
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, Package};

/// Where the repository is.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The members, their dependencies and all that these depend on.
///
/// The resolved graph in there is not to be relied on: it holds what a feature would bring that
/// nobody turns on. `cargo tree` knows better.
pub(crate) fn metadata() -> anyhow::Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".to_owned()])
        .exec()
        .context("cargo cannot describe the workspace; try `cargo metadata --locked`")
}

/// Whether its manifest lets it be published.
pub(crate) fn is_published(package: &Package) -> bool {
    package.publish.is_none()
}

/// Whether those who use a crate need its dependencies of this kind.
pub(crate) fn reaches_users(kind: DependencyKind) -> bool {
    kind != DependencyKind::Development
}

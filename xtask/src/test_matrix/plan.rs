//! Which cases there are.

use std::path::Path;

use anyhow::{Context, ensure};
use cargo_metadata::{MetadataCommand, Package, Target, TargetKind};
use test_servers::{Language, Product, ServerKind};

use super::case::{Build, Case, Need, Selection, Task, TestProgram};
use crate::{
    auth_mode::AuthMode,
    clients::{self, Client},
    examples::examples,
    features, workspace,
};

/// Who logs in: the ends of the names of the tests.
pub(super) const IDENTITIES: [&str; 7] = [
    "system_assigned",
    "user_assigned",
    "service_principal",
    "certificate",
    "workload_identity",
    "azure_cli",
    "chain",
];

/// The crates of the adapters, with the adapters that their conformance tests are for.
const ADAPTERS: [(&str, &[&str]); 5] = [
    (
        "token-source-mysql-async",
        &["mysql_async", "mysql_async_bb8"],
    ),
    ("token-source-sqlx", &["sqlx"]),
    ("token-source-sea-orm", &["sea_orm"]),
    (
        "token-source-diesel",
        &["diesel_deadpool", "diesel_bb8", "diesel_sync"],
    ),
    (CLIENT_LIBRARY, &["diesel_mysqlclient"]),
];

/// A workspace of its own, because its tests are linked with a C client library.
const CLIENT_LIBRARY: &str = "token-source-diesel-mysqlclient";
pub(super) const CLIENT_LIBRARY_MANIFEST: &str =
    "crates/token-source-diesel/mysqlclient/Cargo.toml";

/// The test that has nothing in it but with the model of tokio.
pub(super) const SHUTTLE: &str = "shuttle";

/// The names of all adapters.
pub(super) fn adapters() -> impl Iterator<Item = &'static str> {
    ADAPTERS.iter().flat_map(|(_, adapters)| *adapters).copied()
}

/// All cases, in the order in which they are run: what waits longest first.
pub(super) fn cases() -> anyhow::Result<Vec<Case>> {
    let mut programs = Vec::new();
    for package in packages(Path::new("Cargo.toml"))? {
        for target in package.targets.iter().filter(|target| target.test) {
            let build = match target.name.as_str() {
                SHUTTLE => Build::Shuttle,
                _ => Build::Workspace,
            };
            programs.push(program(build, &package, target));
        }
    }
    for package in packages(Path::new(CLIENT_LIBRARY_MANIFEST))? {
        for product in Product::ALL {
            let features = [product.to_string()];
            let is_for_it = |target: &&Target| {
                target.test
                    && target
                        .required_features
                        .iter()
                        .all(|it| features.contains(it))
            };
            for target in package.targets.iter().filter(is_for_it) {
                programs.push(program(Build::ClientLibrary(product), &package, target));
            }
        }
    }
    let (mut cases, elsewhere): (Vec<_>, Vec<_>) = programs
        .iter()
        .flat_map(tests)
        .partition(|case| case.server.is_some());
    cases.sort_by_key(|case| case.server == Some(ServerKind::Embedded));
    for server in ServerKind::WITH_OWN_LOGIN {
        cases.extend(demo(server));
    }
    for server in ServerKind::ALL {
        cases.extend(foreign_clients(server));
    }
    cases.extend(elsewhere);
    cases.push(Case {
        name: "docs".to_owned(),
        server: None,
        needs: Vec::new(),
        task: Task::Documentation,
    });
    cases.extend(libraries_with_features()?);
    for (index, case) in cases.iter().enumerate() {
        let is_new = cases[..index].iter().all(|other| other.name != case.name);
        ensure!(is_new, "two cells are called {}", case.name);
    }
    Ok(cases)
}

fn packages(manifest: &Path) -> anyhow::Result<Vec<Package>> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace::root().join(manifest))
        .no_deps()
        .exec()
        .context("cargo cannot describe the workspace")?;
    Ok(metadata.packages)
}

fn program(build: Build, package: &Package, target: &Target) -> TestProgram {
    let folder = package.manifest_path.parent().map(Into::into);
    TestProgram {
        build,
        package: package.name.to_string(),
        folder: folder.unwrap_or_default(),
        target: target.name.clone(),
        is_unit: !target.kind.contains(&TargetKind::Test),
    }
}

/// The cases of one program's tests.
fn tests(program: &TestProgram) -> Vec<Case> {
    let adapters = ADAPTERS.iter().find(|(name, _)| *name == program.package);
    let Some((package, adapters)) = adapters else {
        return vec![tests_without_a_server(program)];
    };
    let needs_a_server = ["server", "conformance", "oracles"].contains(&program.target.as_str());
    let servers = if program.target == "server" {
        &ServerKind::ALL[..]
    } else if needs_a_server {
        &ServerKind::WITH_OWN_LOGIN[..]
    } else {
        &[ServerKind::Embedded][..]
    };
    let library = match program.build {
        Build::ClientLibrary(product) => format!("{product}/"),
        _ => String::new(),
    };
    let mut cases = Vec::new();
    for &server in servers {
        let mut add = |name: String, which| cases.push(case(program, Some(server), &name, which));
        if program.target == "conformance" {
            for adapter in *adapters {
                for identity in IDENTITIES {
                    let name = format!("{adapter}/{identity}");
                    add(name, Selection::Login { adapter, identity });
                }
                add(
                    format!("{adapter}/promises"),
                    Selection::Promises { adapter },
                );
            }
        } else {
            let name = format!("{package}/{library}{}", program.short_name());
            add(name, Selection::All);
        }
    }
    cases
}

fn tests_without_a_server(program: &TestProgram) -> Case {
    let name = program.short_name();
    let package = &program.package;
    let name = match package.as_str() {
        "token-source" => format!("core/{name}"),
        "azure-mysql" => format!("facades/{name}"),
        "azure-mysql-emulator"
        | "aad-auth"
        | "aad-auth-plugin"
        | "mysql-handshake"
        | "test-servers" => format!("emulator/{package}/{name}"),
        _ => format!("tools/{package}/{name}"),
    };
    case(program, None, &name, Selection::All)
}

fn case(program: &TestProgram, server: Option<ServerKind>, name: &str, which: Selection) -> Case {
    let mut needs = needs(server);
    if program.package == "test-servers" || program.target == "real_servers" {
        needs.extend(Product::ALL.map(Need::Server));
    }
    if let Build::ClientLibrary(product) = program.build {
        needs.push(Need::ClientLibrary(product));
    }
    Case {
        name: on(server, name),
        server,
        needs,
        task: Task::Tests(program.clone(), which),
    }
}

fn on(server: Option<ServerKind>, name: &str) -> String {
    server.map_or_else(|| name.to_owned(), |server| format!("{server}/{name}"))
}

fn needs(server: Option<ServerKind>) -> Vec<Need> {
    let product = server.and_then(ServerKind::product);
    product.map(Need::Server).into_iter().collect()
}

fn demo(server: ServerKind) -> impl Iterator<Item = Case> {
    examples().into_iter().map(move |example| Case {
        name: format!("{server}/demo/{}", example.binary),
        server: Some(server),
        needs: needs(Some(server)),
        task: Task::Demo(example),
    })
}

fn foreign_clients(server: ServerKind) -> impl Iterator<Item = Case> {
    let clients = clients::ALL.into_iter();
    let clients = clients.filter(move |client| client.is_for(server));
    clients.flat_map(move |client| {
        AuthMode::ALL.map(|auth_mode| {
            let mut needs = needs(Some(server));
            needs.push(match client {
                Client::MysqlConnectorPython | Client::Pymysql | Client::Django => Need::Python,
                Client::NodeMysql2 => Need::Node,
                Client::PhpMysqli | Client::PhpPdo => Need::Interpreter(Language::Php),
                Client::CommandLine(product) => Need::CommandLineClient(product),
            });
            Case {
                name: format!("{server}/clients/{client}/{auth_mode}"),
                server: Some(server),
                needs,
                task: Task::Client(client, auth_mode),
            }
        })
    })
}

fn libraries_with_features() -> anyhow::Result<impl Iterator<Item = Case>> {
    Ok(features::sets()?.into_iter().map(|set| {
        let features = match set.features.as_slice() {
            [] => "none".to_owned(),
            features => features.join("+"),
        };
        Case {
            name: format!("features/{}/{features}", set.package),
            server: None,
            needs: Vec::new(),
            task: Task::Features(set),
        }
    }))
}

impl TestProgram {
    /// What a case is called for it, within its package.
    fn short_name(&self) -> &str {
        if self.is_unit { "unit" } else { &self.target }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        cases().unwrap().into_iter().map(|case| case.name).collect()
    }

    #[test]
    fn each_adapter_logs_in_to_each_server_as_everybody() {
        let names = names();
        for server in ServerKind::WITH_OWN_LOGIN {
            for adapter in adapters() {
                for column in IDENTITIES.iter().chain(&["promises"]) {
                    let name = format!("{server}/{adapter}/{column}");
                    assert!(names.contains(&name), "{name}");
                }
            }
        }
    }

    #[test]
    fn every_target_with_tests_has_a_case() {
        let cases = cases().unwrap();
        let programs: Vec<_> = cases.iter().filter_map(|case| case.program()).collect();
        for package in packages(Path::new("Cargo.toml")).unwrap() {
            for target in package.targets.iter().filter(|target| target.test) {
                let has_a_cell = programs.iter().any(|program| {
                    program.package == package.name.as_str() && program.target == target.name
                });
                assert!(has_a_cell, "{} {}", package.name, target.name);
            }
        }
    }

    #[test]
    fn what_is_special_has_its_cases() {
        let names = names();
        for name in [
            "core/shuttle",
            "core/cache",
            "facades/unit",
            "emulator/test-servers/a_real_server",
            "tools/xtask/unit",
            "docs",
            "features/token-source/none",
            "mariadb/token-source-sqlx/server",
            "backend-mysql/token-source-diesel/server",
            "backend-mariadb/clients/django/system_identity",
            "mysql/demo/go-user-identity",
            "embedded/clients/pymysql/user_identity",
            "embedded/clients/php-mysqli/system_identity",
            "mariadb/clients/django/service_principal",
        ] {
            assert!(names.iter().any(|it| it == name), "{name}");
        }
    }

    #[test]
    fn frameworks_run_on_real_servers_only() {
        let names = names();
        let django = names.iter().filter(|name| name.contains("/django/"));
        assert!(django.clone().count() > 0);
        assert!(django.clone().all(|name| !name.starts_with("embedded/")));
    }

    #[test]
    fn real_servers_are_needed_where_they_are_used() {
        for case in cases().unwrap() {
            for product in Product::ALL {
                let is_used = case.server.and_then(ServerKind::product) == Some(product)
                    || case.name.starts_with("emulator/test-servers/")
                    || case.name.ends_with("/real_servers");
                let need = Need::Server(product);
                assert_eq!(case.needs.contains(&need), is_used, "{}", case.name);
            }
        }
    }
}

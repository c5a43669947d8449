//! The examples: which tab and zone of the page each one mirrors.

use azure_mysql::ClientType;

use crate::auth_mode::AuthMode;

#[derive(Clone)]
pub(crate) struct Example {
    pub(crate) tab: ClientType,
    pub(crate) auth_mode: AuthMode,
    pub(crate) adapter: &'static str,
    /// The package is called `example-` and the tab's name.
    pub(crate) binary: String,
}

/// In the order of the page's tabs, with the adapter in the tab's spirit.
const TABS: [(ClientType, &str, Zones); 9] = [
    (ClientType::Dotnet, "mysql_async", Zones::Each),
    (ClientType::Java, "sqlx", Zones::OneForAll),
    (ClientType::Springboot, "sea-orm", Zones::OneForAll),
    (ClientType::Python, "mysql_async", Zones::Each),
    (ClientType::Django, "diesel", Zones::Each),
    (ClientType::Go, "sqlx", Zones::Each),
    (ClientType::Nodejs, "mysql_async", Zones::Each),
    (ClientType::Php, "mysql_async", Zones::OneForAll),
    (ClientType::Ruby, "sea-orm", Zones::OneForAll),
];

enum Zones {
    /// One program a zone, as on the page.
    Each,
    /// The page has one text for all zones, and the example one program.
    OneForAll,
}

pub(crate) fn examples() -> Vec<Example> {
    let example = |tab: ClientType, adapter, auth_mode: AuthMode, binary: String| Example {
        tab,
        auth_mode,
        adapter,
        binary,
    };
    TABS.iter()
        .flat_map(|(tab, adapter, zones)| match zones {
            Zones::Each => AuthMode::ALL
                .map(|auth_mode| {
                    let binary = format!("{tab}-{}", auth_mode.name().replace('_', "-"));
                    example(*tab, adapter, auth_mode, binary)
                })
                .to_vec(),
            Zones::OneForAll => {
                vec![example(
                    *tab,
                    adapter,
                    AuthMode::SystemIdentity,
                    tab.to_string(),
                )]
            }
        })
        .collect()
}

impl Example {
    pub(crate) fn package(&self) -> String {
        format!("example-{}", self.tab)
    }
}

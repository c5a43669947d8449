use std::{fmt, str::FromStr};

use crate::Error;

/// What a Service Connector connection was created for: the `--client-type` of
/// `az webapp connection create mysql-flexible`, one for each tab of
/// [its page](https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql).
///
/// It decides which variables are set, and how their values are written.
///
/// ```
/// use azure_mysql::ClientType;
///
/// assert_eq!("nodejs".parse::<ClientType>()?, ClientType::Nodejs);
/// assert_eq!("none".parse::<ClientType>()?, ClientType::Other);
/// assert_eq!(ClientType::Springboot.to_string(), "springboot");
/// # Ok::<(), azure_mysql::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ClientType {
    /// .NET: an ADO.NET connection string.
    Dotnet,
    /// Java: a JDBC URL.
    Java,
    /// Java with Spring Boot: `spring.datasource.*`.
    Springboot,
    /// Python: `AZURE_MYSQL_HOST`, `_USER`, `_NAME`.
    Python,
    /// Python with Django: the same variables as Python.
    Django,
    /// Go: a DSN of go-sql-driver.
    Go,
    /// Node.js: `AZURE_MYSQL_HOST`, `_USER`, `_DATABASE`, `_PORT`, `_SSL`.
    Nodejs,
    /// PHP: `AZURE_MYSQL_HOST`, `_USERNAME`, `_DBNAME`, `_PORT`, `_FLAG`.
    Php,
    /// Ruby: `AZURE_MYSQL_HOST`, `_USERNAME`, `_DATABASE`, `_SSLMODE`.
    Ruby,
    /// None of them: `AZURE_MYSQL_HOST`, `_USERNAME`, `_DATABASE`, `_PORT`, `_SSL`.
    Other,
}

impl ClientType {
    /// All of them, in the order of the page's tabs.
    pub const ALL: [Self; 10] = [
        Self::Dotnet,
        Self::Java,
        Self::Springboot,
        Self::Python,
        Self::Django,
        Self::Go,
        Self::Nodejs,
        Self::Php,
        Self::Ruby,
        Self::Other,
    ];

    /// Its name: the name of its module here, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dotnet => "dotnet",
            Self::Java => "java",
            Self::Springboot => "springboot",
            Self::Python => "python",
            Self::Django => "django",
            Self::Go => "go",
            Self::Nodejs => "nodejs",
            Self::Php => "php",
            Self::Ruby => "ruby",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for ClientType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ClientType {
    type Err = Error;

    /// Reads a name, in any case: Azure's own spelling is `springBoot`. Azure says `none` for
    /// [`Other`](Self::Other).
    fn from_str(name: &str) -> Result<Self, Error> {
        if name.eq_ignore_ascii_case("none") {
            return Ok(Self::Other);
        }
        let mut all = Self::ALL.into_iter();
        let found = all.find(|client_type| client_type.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::invalid(
                "client type",
                format!("is unknown; expected one of {names}"),
            )
        })
    }
}

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt,
    sync::Arc,
};

use crate::{
    Error,
    sourced::{OptionalVar, Sourced},
    variables::{APP_SERVICE_PREFIX, USUAL_PREFIX},
};

/// The environment variables that settings are read from: the process's, or a map.
///
/// Service Connector lets names vary. Everything here asks for a variable by its usual name, such as
/// `AZURE_MYSQL_HOST`; [`with_prefix`](Self::with_prefix) and [`with_key`](Self::with_key) say what
/// it is called in this environment. Errors name it as it is called here.
///
/// ```
/// use azure_mysql::Environment;
///
/// let environment = Environment::from_iter([("AZURE_MYSQL_HOST", "localhost")]);
/// assert_eq!(environment.get("AZURE_MYSQL_HOST")?, Some("localhost"));
/// # Ok::<(), azure_mysql::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    prefix: Option<String>,
    /// Usual name to the name here.
    keys: BTreeMap<String, String>,
}

/// Which variables a token source finds: those of its platform, such as `IDENTITY_ENDPOINT`.
#[derive(Clone)]
pub(crate) enum Origin {
    /// This process's, for settings that were not read from an environment.
    Process,
    /// Those that the settings were read from.
    Given(Arc<Environment>),
}

/// A variable and what it is called here.
pub(crate) type Variable<'a> = Sourced<&'a str>;

impl Environment {
    /// The variables of this process, as they are now.
    pub fn process() -> Self {
        std::env::vars_os().collect()
    }

    /// The same variables, where those of the connection begin with `prefix` instead of
    /// `AZURE_MYSQL_`, as those of a second connection do.
    ///
    /// ```
    /// use azure_mysql::Environment;
    ///
    /// let environment = Environment::from_iter([("AZURE_MYSQL_CONN2_HOST", "localhost")])
    ///     .with_prefix("AZURE_MYSQL_CONN2_");
    /// assert_eq!(environment.get("AZURE_MYSQL_HOST")?, Some("localhost"));
    /// # Ok::<(), azure_mysql::Error>(())
    /// ```
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// The same variables, where the one usually called `usual` is called `name`, as
    /// `--customized-keys` makes it. It takes precedence over the prefix.
    ///
    /// ```
    /// use azure_mysql::Environment;
    ///
    /// let environment = Environment::from_iter([("DB_HOST", "localhost")])
    ///     .with_key("AZURE_MYSQL_HOST", "DB_HOST");
    /// assert_eq!(environment.get("AZURE_MYSQL_HOST")?, Some("localhost"));
    /// # Ok::<(), azure_mysql::Error>(())
    /// ```
    #[must_use]
    pub fn with_key(mut self, usual: impl Into<String>, name: impl Into<String>) -> Self {
        self.keys.insert(usual.into(), name.into());
        self
    }

    /// The value of a variable, given by its usual name; `None` if it is not set.
    ///
    /// App Service puts `MYSQLCONNSTR_` before the name of a connection string; the variable is
    /// found under that name too.
    ///
    /// # Errors
    ///
    /// If the value is not Unicode, or both names are set to different values.
    pub fn get(&self, usual: &str) -> Result<Option<&str>, Error> {
        let variable = self.variable(usual)?;
        Ok(variable.map(|variable| variable.value))
    }

    pub(crate) fn variable(&self, usual: &str) -> Result<Option<Variable<'_>>, Error> {
        let name = self.name_of(usual);
        let of_app_service = format!("{APP_SERVICE_PREFIX}{name}");
        Variable::only_one(self.exact(&name)?, self.exact(&of_app_service)?)
    }

    /// What the variable usually called `usual` is called here.
    pub(crate) fn name_of(&self, usual: &str) -> String {
        match (self.keys.get(usual), &self.prefix) {
            (Some(key), _) => key.clone(),
            (None, Some(prefix)) => match usual.strip_prefix(USUAL_PREFIX) {
                Some(rest) => format!("{prefix}{rest}"),
                None => usual.to_owned(),
            },
            (None, None) => usual.to_owned(),
        }
    }

    /// Whether it is set, to a value of whatever kind.
    pub(crate) fn is_set(&self, usual: &str) -> bool {
        let name = self.name_of(usual);
        let is_set = |name: &str| self.variables.contains_key(OsStr::new(name));
        is_set(&name) || is_set(&format!("{APP_SERVICE_PREFIX}{name}"))
    }

    fn exact(&self, name: &str) -> Result<Option<Variable<'_>>, Error> {
        let value = self.variables.get(OsStr::new(name));
        value.map(|value| unicode(name, value)).transpose()
    }

    /// The variables whose name here `matches`.
    pub(crate) fn matching(
        &self,
        matches: impl Fn(&str) -> bool,
    ) -> Vec<Result<Variable<'_>, Error>> {
        let named = self.variables.iter().filter_map(|(name, value)| {
            let name = name.to_str().filter(|name| matches(name))?;
            Some(unicode(name, value))
        });
        named.collect()
    }

    /// A variable as a field of the raw settings.
    pub(crate) fn optional(&self, usual: &str) -> Result<OptionalVar, Error> {
        Ok(match self.variable(usual)? {
            Some(variable) => OptionalVar::set(variable.name, variable.value),
            None => OptionalVar::unset(self.name_of(usual)),
        })
    }

    /// The names of all variables, where they are Unicode.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().filter_map(|name| name.to_str())
    }

    /// What the names of the connection's variables begin with.
    pub(crate) fn prefix(&self) -> &str {
        self.prefix.as_deref().unwrap_or(USUAL_PREFIX)
    }

    /// Whether a variable was given a name by [`with_key`](Self::with_key).
    pub(crate) fn is_renamed(&self, name: &str) -> bool {
        self.keys.values().any(|key| key == name)
    }
}

fn unicode<'a>(name: &str, value: &'a OsStr) -> Result<Variable<'a>, Error> {
    match value.to_str() {
        Some(value) => Ok(Variable::new(name, value)),
        None => Err(Error::invalid(
            name,
            "is not valid Unicode; expected text in UTF-8",
        )),
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            ..Self::default()
        }
    }
}

impl fmt::Debug for Environment {
    /// Names only: the values hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl fmt::Debug for Origin {
    /// Without the names, of which a process has dozens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Process => "the process's environment",
            Self::Given(_) => "a given environment",
        })
    }
}

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt,
};

use crate::{
    Error, mistakes,
    name::Name,
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

/// A variable and what it is called here.
#[derive(Clone)]
pub(crate) struct Variable<'a> {
    pub(crate) name: Name,
    pub(crate) value: &'a str,
}

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
    /// `--customized-keys` makes it. It goes before the prefix.
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
        the_only_one(self.exact(&name)?, self.exact(&of_app_service)?)
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

    pub(crate) fn is_set(&self, usual: &str) -> Result<bool, Error> {
        Ok(self.variable(usual)?.is_some())
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

    /// A value that holds none of the mistakes that any value can hold.
    ///
    /// A variable that is set and empty is an error too: it is a setting that got lost.
    pub(crate) fn value(&self, usual: &str, expected: &str) -> Result<Option<Variable<'_>>, Error> {
        let variable = self.variable(usual)?;
        variable
            .map(|variable| variable.checked(expected))
            .transpose()
    }

    pub(crate) fn require(&self, usual: &str, expected: &str) -> Result<Variable<'_>, Error> {
        self.value(usual, expected)?
            .ok_or_else(|| Error::missing(self.name_of(usual), expected))
    }
}

impl Variable<'_> {
    pub(crate) fn checked(self, expected: &str) -> Result<Self, Error> {
        if self.value.is_empty() {
            return Err(Error::invalid(
                self.name,
                format!("is empty; expected {expected}"),
            ));
        }
        mistakes::refuse_key_vault_reference(&self.name, self.value)?;
        mistakes::refuse_quotes_around(&self.name, self.value)?;
        mistakes::refuse_space_at_an_end(&self.name, self.value)?;
        Ok(self)
    }
}

/// The one of two variables for one value that is set, or either if they say the same.
pub(crate) fn the_only_one<'a>(
    one: Option<Variable<'a>>,
    other: Option<Variable<'a>>,
) -> Result<Option<Variable<'a>>, Error> {
    match (one, other) {
        (Some(one), Some(other)) if one.value != other.value => Err(Error::contradiction(
            &one.name,
            format!(
                "and {} are both set and differ; remove one of them",
                other.name
            ),
        )),
        (one, other) => Ok(one.or(other)),
    }
}

fn unicode<'a>(name: &str, value: &'a OsStr) -> Result<Variable<'a>, Error> {
    match value.to_str() {
        Some(value) => Ok(Variable {
            name: name.into(),
            value,
        }),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_names_and_no_values() {
        let environment = Environment::from_iter([("NAME", "canary")]);
        let shown = format!("{environment:?}");
        assert!(
            shown.contains("NAME") && !shown.contains("canary"),
            "{shown}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_unicode_is_an_error_that_names_the_variable() {
        use std::os::unix::ffi::OsStringExt;
        let environment =
            Environment::from_iter([("AZURE_MYSQL_HOST", OsString::from_vec(vec![0xff]))]);
        let error = environment.get("AZURE_MYSQL_HOST").unwrap_err();
        assert_eq!(error.name(), "AZURE_MYSQL_HOST");
    }
}

use std::{collections::BTreeMap, ffi::OsString, fmt};

use crate::Error;

/// The environment variables that settings are read from: the process's, or a map.
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
}

impl Environment {
    /// The variables of this process, as they are now.
    pub fn process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
        }
    }

    /// The value of a variable, `None` if it is not set.
    ///
    /// # Errors
    ///
    /// If the value is not Unicode.
    pub fn get(&self, name: &str) -> Result<Option<&str>, Error> {
        let Some(value) = self.variables.get(&OsString::from(name)) else {
            return Ok(None);
        };
        match value.to_str() {
            Some(value) => Ok(Some(value)),
            None => Err(Error::invalid(name, "is not valid Unicode")),
        }
    }

    /// The same, but a variable that is set and empty is an error: it is a setting that got lost.
    pub(crate) fn get_non_empty(&self, name: &str, expected: &str) -> Result<Option<&str>, Error> {
        match self.get(name)? {
            Some("") => Err(Error::invalid(
                name,
                format!("is empty; expected {expected}"),
            )),
            value => Ok(value),
        }
    }

    pub(crate) fn require(&self, name: &str, expected: &str) -> Result<&str, Error> {
        self.get_non_empty(name, expected)?
            .ok_or_else(|| Error::missing(name, expected))
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
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

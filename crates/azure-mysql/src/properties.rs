use std::fmt;

/// What a connection string says that is not used here, in its order.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Properties(Vec<(String, String)>);

impl Properties {
    /// As in all these grammars, the last value counts.
    pub(crate) fn insert(&mut self, name: String, value: String) {
        self.remove(&name);
        self.0.push((name, value));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// That they are ignored, if there are any.
    pub(crate) fn warning(&self) -> Option<String> {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        let verb = match names.len() {
            0 => return None,
            1 => "is",
            _ => "are",
        };
        let names = names.join(", ");
        Some(format!("the connection string's {names} {verb} ignored"))
    }
}

impl fmt::Debug for Properties {
    /// Names only: the values may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_names_and_no_values() {
        let mut properties = Properties::default();
        properties.insert("clientKeyPassword".to_owned(), "canary".to_owned());
        let shown = format!("{properties:?}");
        assert!(
            shown.contains("clientKeyPassword") && !shown.contains("canary"),
            "{shown}"
        );
    }
}

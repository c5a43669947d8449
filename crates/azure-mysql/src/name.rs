use std::fmt;

/// What the source of a value is called: the variable or the option, and the part of it where one
/// contains several values.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    whole: String,
    part: Option<String>,
}

impl Name {
    /// The part of this value that is called `part`.
    pub(crate) fn part(&self, part: impl Into<String>) -> Self {
        Self {
            whole: self.whole.clone(),
            part: Some(part.into()),
        }
    }

    /// Whether it names a whole variable or option.
    pub(crate) fn is_whole(&self) -> bool {
        self.part.is_none()
    }

    /// The variable or the option, without the part.
    pub(crate) fn whole(&self) -> &str {
        &self.whole
    }
}

impl From<&str> for Name {
    fn from(whole: &str) -> Self {
        Self::from(whole.to_owned())
    }
}

impl From<String> for Name {
    fn from(whole: String) -> Self {
        Self { whole, part: None }
    }
}

impl From<&Self> for Name {
    fn from(name: &Self) -> Self {
        name.clone()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Some(part) => write!(f, "{}: {part}", self.whole),
            None => f.write_str(&self.whole),
        }
    }
}

/// A name without case and separators, as people misspell it and Spring compares it.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

//! Values that remember the variable, property or option that they came from.

use std::fmt;

use crate::{Error, name::Name};

/// A value and what its source is called, so that an error can name it.
#[derive(Clone)]
pub(crate) struct Sourced<T> {
    pub(crate) name: Name,
    pub(crate) value: T,
}

/// A text that may be unset, and the name that it has or would have.
#[derive(Clone)]
pub(crate) struct OptionalVar {
    pub(crate) name: Name,
    pub(crate) value: Option<String>,
}

impl<T> Sourced<T> {
    pub(crate) fn new(name: impl Into<Name>, value: T) -> Self {
        Self {
            name: name.into(),
            value,
        }
    }
}

impl<T: PartialEq> Sourced<T> {
    /// The one of two sources for one value that is set, or the first if they agree.
    pub(crate) fn only_one(one: Option<Self>, other: Option<Self>) -> Result<Option<Self>, Error> {
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
}

impl OptionalVar {
    pub(crate) fn unset(name: impl Into<Name>) -> Self {
        Self {
            name: name.into(),
            value: None,
        }
    }

    pub(crate) fn set(name: impl Into<Name>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: Some(value.into()),
        }
    }

    pub(crate) fn get(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// The value; an error that names the source if it is unset.
    pub(crate) fn require(&self, expected: &str) -> Result<&str, Error> {
        self.get()
            .ok_or_else(|| Error::missing(&self.name, expected))
    }

    /// Takes a value from a second source, which has to agree with the first.
    pub(crate) fn merge(&mut self, name: Name, value: Option<String>) -> Result<(), Error> {
        let own = self.value.take();
        let own = own.map(|value| Sourced::new(&self.name, value));
        let other = value.map(|value| Sourced::new(name, value));
        if let Some(one) = Sourced::only_one(own, other)? {
            *self = Self::set(one.name, one.value);
        }
        Ok(())
    }
}

/// Names only: the values are not checked yet, and a host may be a URL with a password in it.
impl<T> fmt::Debug for Sourced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "set by {}", self.name)
    }
}

impl fmt::Debug for OptionalVar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Some(_) => write!(f, "set by {}", self.name),
            None => f.write_str("unset"),
        }
    }
}

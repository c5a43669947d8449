//! Values that still have to be checked.

use std::fmt;

use crate::name::Name;

/// A value and what its giver calls it, so that an error names the variable or the option.
pub(crate) struct Sourced<T> {
    pub(crate) name: Name,
    pub(crate) value: T,
}

impl<T> Sourced<T> {
    pub(crate) fn new(name: impl Into<Name>, value: T) -> Self {
        Self {
            name: name.into(),
            value,
        }
    }
}

impl<T> fmt::Debug for Sourced<T> {
    /// The name only: the value was not checked yet, and a host may be a URL with a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("set by ")?;
        fmt::Display::fmt(&self.name, f)
    }
}

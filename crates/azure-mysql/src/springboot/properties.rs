use std::collections::BTreeMap;

use crate::{
    Environment, Error,
    environment::Variable,
    misconfiguration,
    name::{Name, plain},
    sourced::OptionalVar,
};

/// Placeholders in placeholders: more than anybody writes, and an end for those that name each
/// other.
const DEEPEST: usize = 8;

/// Spring's properties: the environment, and a file behind it.
pub(super) struct Properties<'a> {
    pub(super) environment: &'a Environment,
    /// By plain name: the name as it is written, and the value.
    file: BTreeMap<String, (String, String)>,
}

impl<'a> Properties<'a> {
    pub(super) fn of(environment: &'a Environment) -> Self {
        Self {
            environment,
            file: BTreeMap::new(),
        }
    }

    /// Adds a property of the file; a later one replaces it.
    #[cfg(feature = "spring-files")]
    pub(super) fn insert(&mut self, name: String, value: String) {
        self.file.insert(plain(&name), (name, value));
    }

    /// A property as it is written. The environment takes precedence over the file, as in Spring.
    pub(super) fn raw(&self, property: &str) -> Result<Option<Variable<'_>>, Error> {
        if let Some(variable) = self.variable(property)? {
            return Ok(Some(variable));
        }
        let of_file = self.file.get(&plain(property));
        Ok(of_file.map(|(name, value)| Variable::new(name.as_str(), value.as_str())))
    }

    fn variable(&self, property: &str) -> Result<Option<Variable<'_>>, Error> {
        if self.environment.name_of(property) != property || !property.contains('.') {
            return self.environment.variable(property);
        }
        let wanted = plain(property);
        let found = self.environment.matching(|name| plain(name) == wanted);
        found
            .into_iter()
            .try_fold(None, |one, other| Variable::only_one(one, Some(other?)))
    }

    /// A property with its placeholders resolved.
    pub(super) fn optional(&self, property: &str, expected: &str) -> Result<OptionalVar, Error> {
        let Some(raw) = self.raw(property)? else {
            return Ok(OptionalVar::unset(property));
        };
        let resolved = self.resolved(&raw.name, raw.value, 0)?;
        misconfiguration::check_text(&raw.name, &resolved, expected)?;
        Ok(OptionalVar::set(raw.name, resolved))
    }

    /// The value with its placeholders, `${name}` and `${name:default}`, replaced.
    fn resolved(&self, name: &Name, value: &str, depth: usize) -> Result<String, Error> {
        let mut resolved = String::new();
        let mut rest = value;
        while let Some((before, after)) = rest.split_once("${") {
            if depth == DEEPEST {
                return Err(Error::invalid(
                    name,
                    "contains placeholders that lead to ever more placeholders",
                ));
            }
            let end = end_of_placeholder(after)
                .ok_or_else(|| Error::invalid(name, "contains ${ without }"))?;
            resolved.push_str(before);
            resolved.push_str(&self.stands_for(name, &after[..end], depth + 1)?);
            rest = &after[end + 1..];
        }
        resolved.push_str(rest);
        Ok(resolved)
    }

    /// What stands for the placeholder with `inner` between its braces.
    fn stands_for(&self, name: &Name, inner: &str, depth: usize) -> Result<String, Error> {
        let inner = self.resolved(name, inner, depth)?;
        let (key, default) = match inner.split_once(':') {
            Some((key, default)) => (key, Some(default)),
            None => (inner.as_str(), None),
        };
        match (self.raw(key)?, default) {
            (Some(found), _) => self.resolved(name, found.value, depth),
            (None, Some(default)) => Ok(default.to_owned()),
            (None, None) => Err(Error::invalid(
                name,
                "contains a placeholder that nothing is set for; set the variable or the property, \
                 or give a default as in ${NAME:default}",
            )),
        }
    }
}

/// Where the `}` is that ends a placeholder; others may stand in it.
fn end_of_placeholder(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

use saphyr::{Yaml, YamlLoader};
use saphyr_parser::Parser;

use super::{properties::Properties, reader};
use crate::{Environment, Error, Settings, common};

/// What marks a document of a file as one for a profile.
const ON_PROFILE: [&str; 2] = ["spring.config.activate.on-profile", "spring.profiles"];

/// Reads the text of an `application.properties`, and the environment, which takes precedence over it.
///
/// Documents (between lines `#---`) that are for a profile are skipped.
///
/// ```
/// use azure_mysql::{Environment, springboot};
///
/// let settings = springboot::from_properties(
///     "spring.datasource.url = jdbc:mysql://${DB_HOST:shop.mysql.database.azure.com}/orders\n\
///      spring.datasource.username = aad_orders\n",
///     &Environment::process(),
/// )?;
/// assert_eq!(settings.host(), "shop.mysql.database.azure.com");
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// # Errors
///
/// If the text cannot be read, or a property is missing or cannot be used.
pub fn from_properties(text: &str, environment: &Environment) -> Result<Settings, Error> {
    let mut documents = vec![String::new()];
    for line in text.lines() {
        if matches!(line.trim_end(), "#---" | "!---") {
            documents.push(String::new());
        } else if let Some(document) = documents.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    let mut properties = Properties::of(environment);
    for document in documents {
        let mut pairs = Vec::new();
        // A cause might show a piece of the text.
        java_properties::PropertiesIter::new_with_encoding(document.as_bytes(), encoding_rs::UTF_8)
            .read_into(|name, value| pairs.push((name, value)))
            .map_err(|_| Error::invalid("application.properties", "is not a properties file"))?;
        add(&mut properties, pairs);
    }
    common::build(reader::read(&properties), environment)
}

/// Reads the text of an `application.yml`, and the environment, which takes precedence over it.
///
/// Documents that are for a profile are skipped.
///
/// ```
/// use azure_mysql::{Environment, springboot};
///
/// let settings = springboot::from_yaml(
///     "
/// spring:
///   datasource:
///     url: jdbc:mysql://shop.mysql.database.azure.com/orders
///     username: aad_orders
/// ",
///     &Environment::process(),
/// )?;
/// assert_eq!(settings.user(), "aad_orders");
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// # Errors
///
/// If the text cannot be read, or a property is missing or cannot be used.
pub fn from_yaml(text: &str, environment: &Environment) -> Result<Settings, Error> {
    // The values as they are written: a user 007 is no number.
    let mut loader = YamlLoader::<Yaml<'_>>::default();
    loader.early_parse(false);
    let parsed = Parser::new_from_str(text).load(&mut loader, true);
    // What the parser says might show a piece of the text.
    if let Some(problem) = parsed.err().as_ref().or(loader.error()) {
        return Err(Error::invalid(
            "application.yml",
            format!("is not YAML; look at line {}", problem.marker().line()),
        ));
    }
    let mut properties = Properties::of(environment);
    for document in loader.into_documents() {
        let mut pairs = Vec::new();
        flatten("", &document, &mut pairs);
        add(&mut properties, pairs);
    }
    common::build(reader::read(&properties), environment)
}

/// Adds a document unless it is for a profile.
fn add(properties: &mut Properties<'_>, document: Vec<(String, String)>) {
    let for_a_profile = |(name, _): &(String, String)| ON_PROFILE.contains(&name.as_str());
    if document.iter().any(for_a_profile) {
        return;
    }
    for (name, value) in document {
        properties.insert(name, value);
    }
}

/// Joins the keys of nested mappings with dots. Lists contain nothing of interest here.
fn flatten(name: &str, node: &Yaml<'_>, pairs: &mut Vec<(String, String)>) {
    match node {
        Yaml::Representation(value, ..) => pairs.push((name.to_owned(), value.to_string())),
        Yaml::Tagged(_, node) => flatten(name, node, pairs),
        Yaml::Mapping(mapping) => {
            for (key, value) in mapping {
                if let Yaml::Representation(key, ..) = key {
                    let dot = if name.is_empty() { "" } else { "." };
                    flatten(&format!("{name}{dot}{key}"), value, pairs);
                }
            }
        }
        _ => {}
    }
}

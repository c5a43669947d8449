//! JSON as MySQL keeps and shows it: keys by length and then by bytes, a blank after `:` and `,`.

use std::fmt::Write as _;

use rusqlite::{Connection, types::Value};
use serde_json::Value as Json;

use super::strict;
use crate::database::SqlError;

pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    strict(connection, "my_json_valid", 1, |a| {
        Ok(Value::Integer(normalise(a.text(0)?).is_ok().into()))
    })
}

/// # Errors
///
/// 3140 if the text is no JSON.
pub(crate) fn normalise(text: &str) -> Result<String, SqlError> {
    let value: Json = serde_json::from_str(text).map_err(|error| {
        SqlError::new(3140, *b"22032", format!("Invalid JSON text: \"{error}\""))
    })?;
    let mut normal = String::with_capacity(text.len());
    write(&mut normal, &value);
    Ok(normal)
}

fn write(out: &mut String, value: &Json) {
    match value {
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write(out, item);
            }
            out.push(']');
        }
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|a, b| (a.0.len(), a.0).cmp(&(b.0.len(), b.0)));
            out.push('{');
            for (index, (key, item)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write(out, &Json::String(key.clone()));
                out.push_str(": ");
                write(out, item);
            }
            out.push('}');
        }
        Json::Number(number) if number.is_f64() => {
            let _ = write!(out, "{:?}", number.as_f64().unwrap_or_default());
        }
        plain => {
            let _ = write!(out, "{plain}");
        }
    }
}

//! What a foreign key has to be.

use super::{
    SqlError,
    catalogue::{ForeignKey, Table, same_name},
    translate::Translator,
    types::Type,
};

impl Translator<'_> {
    pub(crate) fn check_foreign_key(
        &mut self,
        table: &Table,
        key: &ForeignKey,
    ) -> Result<(), SqlError> {
        if !self.context.variables.foreign_key_checks() {
            return Ok(());
        }
        let parent = if key.table == table.name {
            Some(table.clone())
        } else {
            self.connection.attach(&table.database)?;
            super::catalogue::load(self.connection, &table.database, &key.table)?
        };
        let Some(parent) = parent else {
            return Err(SqlError::new(
                1824,
                *b"HY000",
                format!("Failed to open the referenced table '{}'", key.table),
            ));
        };
        if key.referred.len() != key.columns.len() {
            return Err(SqlError::unsupported(
                "a foreign key without the columns it refers to",
            ));
        }
        for (own, referred) in key.columns.iter().zip(&key.referred) {
            let Some(referred_column) = parent.column(referred) else {
                return Err(SqlError::new(
                    3734,
                    *b"HY000",
                    format!(
                        "Failed to add the foreign key constraint. Missing column '{referred}' for \
                         constraint '{}' in the referenced table '{}'",
                        key.name, parent.name
                    ),
                ));
            };
            let same =
                table
                    .column(own)
                    .is_some_and(|own| match (own.kind, referred_column.kind) {
                        (Type::Text { collation: a, .. }, Type::Text { collation: b, .. }) => {
                            a == b
                        }
                        (
                            Type::Integer {
                                size: a,
                                unsigned: u,
                                ..
                            },
                            Type::Integer {
                                size: b,
                                unsigned: v,
                                ..
                            },
                        ) => a == b && u == v,
                        (a, b) => a == b,
                    });
            if !same {
                return Err(SqlError::new(
                    3780,
                    *b"HY000",
                    format!(
                        "Referencing column '{own}' and referenced column '{referred}' in foreign \
                         key constraint '{}' are incompatible.",
                        key.name
                    ),
                ));
            }
        }
        let unique = parent.indexes.iter().any(|index| {
            index.unique
                && index.columns.len() == key.referred.len()
                && index
                    .columns
                    .iter()
                    .all(|a| key.referred.iter().any(|b| same_name(a, b)))
        });
        if unique {
            Ok(())
        } else {
            Err(SqlError::new(
                6125,
                *b"HY000",
                format!(
                    "Failed to add the foreign key constraint. Missing unique key for constraint \
                     '{}' in the referenced table '{}'",
                    key.name, parent.name
                ),
            ))
        }
    }
}

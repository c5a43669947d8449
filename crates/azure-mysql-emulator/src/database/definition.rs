//! `CREATE TABLE`: from the syntax tree to the catalogue, and from there to `SQLite`.

use sqlparser::ast::{
    self, ColumnDef, ColumnOption, CreateTable, CreateTableOptions, Expr, SqlOption,
    TableConstraint, helpers::stmt_create_table::CreateTableBuilder,
};

use super::column_type::column_type;
use super::constraint::{add_index, index_columns, known_key_column, next_name};
use super::{
    SqlError,
    catalogue::{Check, Column, DefaultValue, ForeignKey, Table, same_name},
    store::{self, Place},
    translate::{Translator, single_name, split_name},
    types::{Collation, TextForm, Type},
    variables,
};

impl Translator<'_> {
    /// The table that a statement defines.
    pub(crate) fn define(&mut self, create: &CreateTable) -> Result<Table, SqlError> {
        let understood = CreateTableBuilder::new(create.name.clone())
            .if_not_exists(create.if_not_exists)
            .temporary(create.temporary)
            .columns(create.columns.clone())
            .constraints(create.constraints.clone())
            .table_options(create.table_options.clone())
            .build();
        if understood != *create {
            return Err(SqlError::unsupported(format!("all of {create}")));
        }
        let (database, name) = split_name(&create.name)?;
        check_name(&name)?;
        let Some(database) = database.or_else(|| self.context.database.clone()) else {
            return Err(SqlError::no_database());
        };
        let mut table = Table {
            database,
            temporary: create.temporary,
            name,
            columns: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            comment: String::new(),
            first_id: 1,
        };
        let collation = options(&create.table_options, &mut table)?;
        for column in &create.columns {
            self.add_column(&mut table, column, collation, None)?;
        }
        for constraint in &create.constraints {
            self.add_constraint(&mut table, constraint)?;
        }
        self.finish(&mut table)?;
        Ok(table)
    }

    /// What can be said only when all is known.
    pub(crate) fn finish(&mut self, table: &mut Table) -> Result<(), SqlError> {
        if table.columns.is_empty() {
            return Err(SqlError::new(
                4028,
                *b"HY000",
                "A table must have at least one visible column.",
            ));
        }
        if table.columns.len() > 1000 {
            return Err(SqlError::unsupported("more than 1000 columns"));
        }
        if let Some(key) = table.primary_key().cloned() {
            for name in &key.columns {
                if let Some(position) = table.position(name) {
                    let column = &mut table.columns[position];
                    column.nullable = false;
                    if column.default == Some(DefaultValue::Null) {
                        column.default = None;
                    }
                }
            }
        }
        // The primary key is shown first, then unique keys.
        table
            .indexes
            .sort_by_key(|index| (!index.is_primary(), !index.unique));
        let automatic: Vec<&Column> = table.columns.iter().filter(|c| c.auto_increment).collect();
        let keyed = automatic.iter().all(|column| {
            table.indexes.iter().any(|index| {
                index
                    .columns
                    .first()
                    .is_some_and(|first| same_name(first, &column.name))
            })
        });
        if automatic.len() > 1 || !keyed {
            return Err(SqlError::new(
                1075,
                *b"42000",
                "Incorrect table definition; there can be only one auto column and it must be \
                 defined as a key",
            ));
        }
        table.row_number()?;
        Ok(())
    }

    pub(crate) fn add_column(
        &mut self,
        table: &mut Table,
        definition: &ColumnDef,
        table_collation: Option<Collation>,
        at: Option<usize>,
    ) -> Result<(), SqlError> {
        let name = &definition.name.value;
        check_name(name)?;
        if table.column(name).is_some() {
            return Err(SqlError::new(
                1060,
                *b"42S21",
                format!("Duplicate column name '{name}'"),
            ));
        }
        let (mut kind, _) = column_type(&definition.data_type)?;
        if let (Type::Text { collation, .. }, Some(given)) = (&mut kind, table_collation) {
            *collation = given;
        }
        let mut column = Column {
            name: name.clone(),
            kind,
            nullable: true,
            default: None,
            touched: false,
            auto_increment: false,
            comment: String::new(),
        };
        let mut default = None;
        for option in &definition.options {
            if option.name.is_some() && !matches!(option.option, ColumnOption::Check(_)) {
                return Err(SqlError::unsupported(option));
            }
            match &option.option {
                ColumnOption::Null => {}
                ColumnOption::NotNull => column.nullable = false,
                ColumnOption::Default(value) => default = Some(value.clone()),
                ColumnOption::OnUpdate(value) => {
                    if !is_now(value, column.kind)? {
                        return Err(SqlError::unsupported(format!("ON UPDATE {value}")));
                    }
                    column.touched = true;
                }
                ColumnOption::PrimaryKey(_) => {
                    add_index(table, "PRIMARY", vec![name.clone()], true)?;
                }
                ColumnOption::Unique(_) => add_index(table, "", vec![name.clone()], true)?,
                ColumnOption::Comment(text) => column.comment.clone_from(text),
                ColumnOption::Collation(collation) => {
                    let named = Collation::named(&single_name(collation)?.value)?;
                    set_collation(&mut column.kind, named)?;
                }
                ColumnOption::CharacterSet(charset) => {
                    variables::check_character_set(&single_name(charset)?.value)?;
                }
                ColumnOption::DialectSpecific(tokens)
                    if tokens.len() == 1
                        && tokens[0].to_string().eq_ignore_ascii_case("AUTO_INCREMENT") =>
                {
                    column.auto_increment = true;
                    column.nullable = false;
                }
                ColumnOption::Check(check) => {
                    let constraint = TableConstraint::Check(check.clone());
                    self.add_constraint(table, &constraint)?;
                }
                // MySQL ignores a REFERENCES of a column up to 8.4, and honours it from 9.0 on.
                ColumnOption::ForeignKey(key) => {
                    let mut key = key.clone();
                    key.columns = vec![definition.name.clone()];
                    self.add_constraint(table, &TableConstraint::ForeignKey(key))?;
                }
                other => return Err(SqlError::unsupported(format!("{other} of a column"))),
            }
        }
        column.default = match default {
            None if column.nullable => Some(DefaultValue::Null),
            None => None,
            Some(value) => Some(self.default_value(&value, &column)?),
        };
        if column.auto_increment && !matches!(column.kind, Type::Integer { .. }) {
            return Err(SqlError::new(
                1063,
                *b"42000",
                format!("Incorrect column specifier for column '{name}'"),
            ));
        }
        let at = at.unwrap_or(table.columns.len()).min(table.columns.len());
        table.columns.insert(at, column);
        Ok(())
    }

    pub(crate) fn default_value(
        &mut self,
        value: &Expr,
        column: &Column,
    ) -> Result<DefaultValue, SqlError> {
        if is_now(value, column.kind)? {
            return Ok(DefaultValue::Now);
        }
        let invalid = || {
            SqlError::new(
                1067,
                *b"42000",
                format!("Invalid default value for '{}'", column.name),
            )
        };
        let expression = self.expression(value)?;
        let Some(constant) = expression.constant else {
            return Err(SqlError::unsupported(format!("DEFAULT {value}")));
        };
        if constant == rusqlite::types::Value::Null {
            return if column.nullable {
                Ok(DefaultValue::Null)
            } else {
                Err(invalid())
            };
        }
        let large = matches!(
            column.kind,
            Type::Json
                | Type::Text {
                    form: TextForm::Large
                        | TextForm::TinyLarge
                        | TextForm::MediumLarge
                        | TextForm::LongLarge,
                    ..
                }
                | Type::Bytes {
                    form: TextForm::Large
                        | TextForm::TinyLarge
                        | TextForm::MediumLarge
                        | TextForm::LongLarge,
                    ..
                }
        );
        if large {
            return Err(SqlError::new(
                1101,
                *b"42000",
                format!(
                    "BLOB, TEXT, GEOMETRY or JSON column '{}' can't have a default value",
                    column.name
                ),
            ));
        }
        let place = Place {
            column,
            row: 1,
            offset: self.context.variables.time_offset(),
        };
        let stored = store::store(constant, expression.kind, place).map_err(|error| {
            if error.number == 1064 {
                error
            } else {
                invalid()
            }
        })?;
        match stored {
            rusqlite::types::Value::Real(number) => Ok(DefaultValue::Literal(number.to_string())),
            rusqlite::types::Value::Blob(bytes) => String::from_utf8(bytes)
                .map(DefaultValue::Literal)
                .map_err(|_| SqlError::unsupported(format!("DEFAULT {value}"))),
            stored => store::as_text(stored, column.kind)
                .map(DefaultValue::Literal)
                .ok_or_else(invalid),
        }
    }

    pub(crate) fn add_constraint(
        &mut self,
        table: &mut Table,
        constraint: &TableConstraint,
    ) -> Result<(), SqlError> {
        match constraint {
            TableConstraint::PrimaryKey(key)
                if key.include.is_empty() && key.characteristics.is_none() =>
            {
                add_index(table, "PRIMARY", index_columns(&key.columns, true)?, true)
            }
            TableConstraint::Unique(key)
                if key.include.is_empty() && key.characteristics.is_none() =>
            {
                let name = key.index_name.as_ref().or(key.name.as_ref());
                let name = name.map_or("", |name| &name.value);
                add_index(table, name, index_columns(&key.columns, true)?, true)
            }
            TableConstraint::Index(key) => {
                let name = key.name.as_ref().map_or("", |name| &name.value);
                add_index(table, name, index_columns(&key.columns, false)?, false)
            }
            TableConstraint::ForeignKey(key) => {
                if key.match_kind.is_some() || key.characteristics.is_some() || table.temporary {
                    return Err(SqlError::unsupported(constraint));
                }
                let (database, referred) = split_name(&key.foreign_table)?;
                if database.is_some_and(|database| database != table.database) {
                    return Err(SqlError::unsupported("a foreign key to another database"));
                }
                let names = |idents: &[ast::Ident]| -> Vec<String> {
                    idents.iter().map(|ident| ident.value.clone()).collect()
                };
                let columns = names(&key.columns);
                for column in &columns {
                    known_key_column(table, column)?;
                }
                let named = key.name.is_some();
                let name = match &key.name {
                    Some(name) => name.value.clone(),
                    None => next_name(&table.name, "ibfk", |name| {
                        table.foreign_keys.iter().any(|key| key.name == *name)
                    }),
                };
                let action = |action: Option<ast::ReferentialAction>| match action {
                    Some(ast::ReferentialAction::SetDefault) => {
                        Err(SqlError::unsupported("SET DEFAULT of a foreign key"))
                    }
                    action => Ok(action.map(|action| action.to_string())),
                };
                let key = ForeignKey {
                    name,
                    table: referred,
                    referred: names(&key.referred_columns),
                    on_delete: action(key.on_delete)?,
                    on_update: action(key.on_update)?,
                    columns,
                };
                self.check_foreign_key(table, &key)?;
                // MySQL makes an index for it.
                let covered = table.indexes.iter().any(|index| {
                    index.columns.len() >= key.columns.len()
                        && index
                            .columns
                            .iter()
                            .zip(&key.columns)
                            .all(|(a, b)| same_name(a, b))
                });
                if !covered {
                    let name = if named {
                        key.name.clone()
                    } else {
                        String::new()
                    };
                    add_index(table, &name, key.columns.clone(), false)?;
                }
                table.foreign_keys.push(key);
                Ok(())
            }
            TableConstraint::Check(check) if check.enforced != Some(false) && !check.no_inherit => {
                let name = match &check.name {
                    Some(name) => name.value.clone(),
                    None => next_name(&table.name, "chk", |name| {
                        table.checks.iter().any(|check| check.name == *name)
                    }),
                };
                table.checks.push(Check {
                    name,
                    text: check.expr.to_string(),
                });
                Ok(())
            }
            other => Err(SqlError::unsupported(other)),
        }
    }
}

/// `CURRENT_TIMESTAMP` with as many digits as the column has.
fn is_now(value: &Expr, kind: Type) -> Result<bool, SqlError> {
    let text = value.to_string().to_ascii_uppercase();
    let text = text
        .trim_start_matches('(')
        .trim_end_matches(')')
        .to_owned();
    let (name, digits) = text.split_once('(').unwrap_or((&text, ""));
    let now = matches!(
        name,
        "CURRENT_TIMESTAMP" | "NOW" | "LOCALTIME" | "LOCALTIMESTAMP"
    );
    if !now {
        return Ok(false);
    }
    let digits: u8 = if digits.is_empty() {
        0
    } else {
        digits.parse().unwrap_or(u8::MAX)
    };
    match kind {
        Type::DateTime { digits: own } | Type::Timestamp { digits: own } if own == digits => {
            Ok(true)
        }
        _ => Err(SqlError::new(
            1067,
            *b"42000",
            "Invalid default value: CURRENT_TIMESTAMP",
        )),
    }
}

fn set_collation(kind: &mut Type, named: Collation) -> Result<(), SqlError> {
    match kind {
        Type::Text { collation, .. } => {
            *collation = named;
            Ok(())
        }
        _ => Err(SqlError::unsupported("COLLATE of that column")),
    }
}

/// # Errors
///
/// 1059 for a name that is too long, 1064 for one that `SQLite` keeps for itself.
pub(crate) fn check_name(name: &str) -> Result<(), SqlError> {
    if name.chars().count() > 64 {
        return Err(SqlError::new(
            1059,
            *b"42000",
            format!("Identifier name '{name}' is too long"),
        ));
    }
    if name.is_empty() || name.ends_with(' ') || name.contains('\0') {
        return Err(SqlError::new(
            1103,
            *b"42000",
            format!("Incorrect table name '{name}'"),
        ));
    }
    if name.to_ascii_lowercase().starts_with("sqlite_") {
        return Err(SqlError::unsupported("names that start with sqlite_"));
    }
    Ok(())
}

fn options(options: &CreateTableOptions, table: &mut Table) -> Result<Option<Collation>, SqlError> {
    let list = match options {
        CreateTableOptions::None => return Ok(None),
        CreateTableOptions::Plain(list) => list,
        other => return Err(SqlError::unsupported(other)),
    };
    let mut collation = None;
    for option in list {
        match option {
            SqlOption::Comment(comment) => {
                let (ast::CommentDef::WithEq(text) | ast::CommentDef::WithoutEq(text)) = comment;
                table.comment.clone_from(text);
            }
            SqlOption::NamedParenthesizedList(named)
                if named.key.value.eq_ignore_ascii_case("ENGINE") && named.values.is_empty() =>
            {
                let engine = named.name.as_ref().map_or("", |name| &name.value);
                if !engine.eq_ignore_ascii_case("InnoDB") {
                    return Err(SqlError::unsupported(format!("ENGINE={engine}")));
                }
            }
            SqlOption::KeyValue { key, value } => {
                let key = key.to_string().to_ascii_uppercase();
                let text = value.to_string();
                let text = text.trim_matches(['\'', '"', '`']);
                match key.as_str() {
                    "CHARSET" | "CHARACTER SET" | "DEFAULT CHARSET" | "DEFAULT CHARACTER SET" => {
                        variables::check_character_set(text)?;
                    }
                    "COLLATE" | "DEFAULT COLLATE" => collation = Some(Collation::named(text)?),
                    "AUTO_INCREMENT" => {
                        table.first_id = text.parse().map_err(|_| SqlError::unsupported(option))?;
                    }
                    "ROW_FORMAT" | "STATS_PERSISTENT" | "MAX_ROWS" | "MIN_ROWS"
                    | "AVG_ROW_LENGTH" | "KEY_BLOCK_SIZE" | "PACK_KEYS" => {}
                    _ => return Err(SqlError::unsupported(option)),
                }
            }
            other => return Err(SqlError::unsupported(other)),
        }
    }
    Ok(collation)
}

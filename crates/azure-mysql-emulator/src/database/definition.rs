//! `CREATE TABLE`: from the syntax tree to the catalogue, and from there to `SQLite`.

use sqlparser::ast::{
    self, BinaryLength, CharacterLength, ColumnDef, ColumnOption, CreateTable, CreateTableOptions,
    DataType, ExactNumberInfo, Expr, IndexColumn, SqlOption, TableConstraint, TimezoneInfo,
    helpers::stmt_create_table::CreateTableBuilder,
};

use super::{
    SqlError,
    catalogue::{Check, Column, DefaultValue, ForeignKey, Index, Table, quote, same_name},
    decimal,
    store::{self, Place},
    translate::{Translator, single_name, split_name},
    types::{Collation, IntegerSize, TextForm, Type},
    variables,
};

/// The type of a column, and whether it is `SERIAL`-like in nothing: its collation comes apart.
///
/// # Errors
///
/// 1064 for a type that is not supported.
pub(crate) fn column_type(data_type: &DataType) -> Result<(Type, Option<Collation>), SqlError> {
    let unsupported = || SqlError::unsupported(format!("the type {data_type}"));
    let integer = |size, unsigned, width: &Option<u64>| Type::Integer {
        size,
        unsigned,
        boolean: size == IntegerSize::Tiny && !unsigned && *width == Some(1),
    };
    let text = |form, length: u32| Type::Text {
        form,
        length,
        collation: Collation::Default,
    };
    let bytes = |form, length: u32| Type::Bytes { form, length };
    let kind = match data_type {
        DataType::TinyInt(width) => integer(IntegerSize::Tiny, false, width),
        DataType::TinyIntUnsigned(width) => integer(IntegerSize::Tiny, true, width),
        DataType::SmallInt(width) => integer(IntegerSize::Small, false, width),
        DataType::SmallIntUnsigned(width) => integer(IntegerSize::Small, true, width),
        DataType::MediumInt(width) => integer(IntegerSize::Medium, false, width),
        DataType::MediumIntUnsigned(width) => integer(IntegerSize::Medium, true, width),
        DataType::Int(width) | DataType::Integer(width) => integer(IntegerSize::Int, false, width),
        DataType::IntUnsigned(width) | DataType::IntegerUnsigned(width) => {
            integer(IntegerSize::Int, true, width)
        }
        DataType::BigInt(width) => integer(IntegerSize::Big, false, width),
        DataType::BigIntUnsigned(width) => integer(IntegerSize::Big, true, width),
        DataType::Bool | DataType::Boolean => integer(IntegerSize::Tiny, false, &Some(1)),
        DataType::Float(ExactNumberInfo::None) => Type::Float,
        DataType::Double(ExactNumberInfo::None) | DataType::DoublePrecision | DataType::Real => {
            Type::Double
        }
        DataType::Decimal(info) | DataType::Numeric(info) | DataType::Dec(info) => {
            let (precision, scale) = match info {
                ExactNumberInfo::None => (10, 0),
                ExactNumberInfo::Precision(precision) => (*precision, 0),
                ExactNumberInfo::PrecisionAndScale(precision, scale) => (
                    *precision,
                    u64::try_from(*scale).map_err(|_| unsupported())?,
                ),
            };
            let precision = u8::try_from(precision).map_err(|_| unsupported())?;
            let scale = u8::try_from(scale).map_err(|_| unsupported())?;
            if precision > decimal::MOST_DIGITS {
                return Err(decimal::too_large());
            }
            if precision == 0 || scale > precision {
                return Err(unsupported());
            }
            Type::Decimal { precision, scale }
        }
        DataType::Char(length) | DataType::Character(length) => {
            text(TextForm::Fixed, characters(length.as_ref(), Some(1), 255)?)
        }
        DataType::Varchar(length) | DataType::CharacterVarying(length) => text(
            TextForm::Varying,
            characters(length.as_ref(), None, 16_383)?,
        ),
        DataType::TinyText => text(TextForm::TinyLarge, 255),
        DataType::Text => text(TextForm::Large, 65_535),
        DataType::MediumText => text(TextForm::MediumLarge, 16_777_215),
        DataType::LongText => text(TextForm::LongLarge, u32::MAX),
        DataType::Binary(length) => {
            let length = length.unwrap_or(1);
            if length > 255 {
                return Err(unsupported());
            }
            bytes(TextForm::Fixed, u32::try_from(length).unwrap_or(255))
        }
        DataType::Varbinary(Some(BinaryLength::IntegerLength { length })) if *length <= 65_533 => {
            bytes(TextForm::Varying, u32::try_from(*length).unwrap_or(0))
        }
        DataType::TinyBlob => bytes(TextForm::TinyLarge, 255),
        DataType::Blob(None) => bytes(TextForm::Large, 65_535),
        DataType::MediumBlob => bytes(TextForm::MediumLarge, 16_777_215),
        DataType::LongBlob => bytes(TextForm::LongLarge, u32::MAX),
        DataType::Date => Type::Date,
        DataType::Datetime(digits) => Type::DateTime {
            digits: second_digits(*digits)?,
        },
        DataType::Timestamp(digits, TimezoneInfo::None) => Type::Timestamp {
            digits: second_digits(*digits)?,
        },
        DataType::Time(digits, TimezoneInfo::None) => Type::Time {
            digits: second_digits(*digits)?,
        },
        DataType::JSON => Type::Json,
        _ => return Err(unsupported()),
    };
    Ok((kind, None))
}

/// # Errors
///
/// 1426 for more than six.
pub(crate) fn second_digits(digits: Option<u64>) -> Result<u8, SqlError> {
    match digits {
        None => Ok(0),
        Some(digits @ 0..=6) => Ok(u8::try_from(digits).unwrap_or(6)),
        Some(digits) => Err(SqlError::new(
            1426,
            *b"42000",
            format!("Too-big precision {digits} specified. Maximum is 6."),
        )),
    }
}

fn characters(
    length: Option<&CharacterLength>,
    default: Option<u32>,
    most: u32,
) -> Result<u32, SqlError> {
    match length {
        None => default.ok_or_else(|| SqlError::syntax("VARCHAR needs a length")),
        Some(CharacterLength::IntegerLength { length, unit: None }) => u32::try_from(*length)
            .ok()
            .filter(|length| *length <= most)
            .ok_or_else(|| {
                SqlError::new(
                    1074,
                    *b"42000",
                    format!("Column length too big (max = {most}); use BLOB or TEXT instead"),
                )
            }),
        Some(other) => Err(SqlError::unsupported(format!("the length {other}"))),
    }
}

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

    fn check_foreign_key(&mut self, table: &Table, key: &ForeignKey) -> Result<(), SqlError> {
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

pub(crate) fn index_columns(
    columns: &[IndexColumn],
    unique: bool,
) -> Result<Vec<String>, SqlError> {
    columns
        .iter()
        .map(|column| {
            let ordered = &column.column;
            if column.operator_class.is_some() {
                return Err(SqlError::unsupported(column));
            }
            match &ordered.expr {
                Expr::Identifier(name) => Ok(name.value.clone()),
                // A prefix: for speed only, unless the key is unique.
                Expr::Function(function) if !unique => {
                    Ok(single_name(&function.name)?.value.clone())
                }
                _ => Err(SqlError::unsupported(format!("the key part {column}"))),
            }
        })
        .collect()
}

fn known_key_column(table: &Table, column: &str) -> Result<(), SqlError> {
    if table.column(column).is_some() {
        return Ok(());
    }
    Err(SqlError::new(
        1072,
        *b"42000",
        format!("Key column '{column}' doesn't exist in table"),
    ))
}

pub(crate) fn add_index(
    table: &mut Table,
    name: &str,
    columns: Vec<String>,
    unique: bool,
) -> Result<(), SqlError> {
    let name = if name.is_empty() {
        let first = columns.first().cloned().unwrap_or_default();
        let taken = |name: &str| {
            table
                .indexes
                .iter()
                .any(|index| same_name(&index.name, name))
        };
        if taken(&first) {
            (2..10_000)
                .map(|number| format!("{first}_{number}"))
                .find(|name| !taken(name))
                .unwrap_or_default()
        } else {
            first
        }
    } else {
        name.to_owned()
    };
    if table
        .indexes
        .iter()
        .any(|index| same_name(&index.name, &name))
    {
        return Err(if name == "PRIMARY" {
            SqlError::new(1068, *b"42000", "Multiple primary key defined")
        } else {
            SqlError::new(1061, *b"42000", format!("Duplicate key name '{name}'"))
        });
    }
    table.indexes.push(Index {
        name,
        columns,
        unique,
    });
    Ok(())
}

fn next_name(table: &str, kind: &str, taken: impl Fn(&String) -> bool) -> String {
    (1..10_000)
        .map(|number| format!("{table}_{kind}_{number}"))
        .find(|name| !taken(name))
        .unwrap_or_default()
}

/// Columns that an index names must exist; those of text or bytes without a length need one.
pub(crate) fn check_indexes(table: &Table) -> Result<(), SqlError> {
    for index in &table.indexes {
        for name in &index.columns {
            known_key_column(table, name)?;
            let json = table
                .column(name)
                .is_some_and(|column| column.kind == Type::Json);
            if json {
                return Err(SqlError::new(
                    3152,
                    *b"42000",
                    format!("JSON column '{name}' supports indexing only via generated columns."),
                ));
            }
            let large = table.column(name).is_some_and(|column| {
                matches!(
                    column.kind,
                    Type::Text { form, .. } | Type::Bytes { form, .. }
                        if !matches!(form, TextForm::Fixed | TextForm::Varying)
                )
            });
            if large && index.unique {
                return Err(SqlError::new(
                    1170,
                    *b"42000",
                    format!(
                        "BLOB/TEXT column '{name}' used in key specification without a key length"
                    ),
                ));
            }
        }
    }
    Ok(())
}

impl Translator<'_> {
    /// The statements that make the table, under this name, and its indexes, in `SQLite`.
    pub(crate) fn create_statements(
        &mut self,
        table: &Table,
        name: &str,
    ) -> Result<Vec<String>, SqlError> {
        check_indexes(table)?;
        let schema = if table.temporary {
            "temp".to_owned()
        } else {
            super::catalogue::schema(&table.database)
        };
        let row_number = table.row_number_column().map(|column| column.name.clone());
        let mut parts = Vec::new();
        for column in &table.columns {
            let mut part = format!("{} {}", quote(&column.name), column.kind.sqlite());
            if row_number.as_ref() == Some(&column.name) {
                part.push_str(" PRIMARY KEY");
            }
            if column.kind.is_text() {
                part.push_str(&format!(" COLLATE {}", column.kind.collation().name()));
            }
            if !column.nullable {
                part.push_str(" NOT NULL");
            }
            parts.push(part);
        }
        for key in &table.foreign_keys {
            let mut part = format!(
                "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
                quote(&key.name),
                quoted(&key.columns),
                quote(&key.table),
                quoted(&key.referred)
            );
            for (when, action) in [("DELETE", &key.on_delete), ("UPDATE", &key.on_update)] {
                if let Some(action) = action {
                    // In MySQL NO ACTION is RESTRICT.
                    let action = if action == "NO ACTION" {
                        "RESTRICT"
                    } else {
                        action
                    };
                    part.push_str(&format!(" ON {when} {action}"));
                }
            }
            parts.push(part);
        }
        for check in &table.checks {
            let condition = self.check_condition(table, &check.text)?;
            parts.push(format!(
                "CONSTRAINT {} CHECK ({condition})",
                quote(&check.name)
            ));
        }
        let mut statements = vec![format!(
            "CREATE TABLE {schema}.{} ({}) STRICT",
            quote(name),
            parts.join(", ")
        )];
        for index in &table.indexes {
            if index.is_primary() && row_number.is_some() {
                continue;
            }
            let unique = if index.unique { "UNIQUE " } else { "" };
            statements.push(format!(
                "CREATE {unique}INDEX {schema}.{} ON {} ({})",
                quote(&format!("{name} {}", index.name)),
                quote(name),
                quoted(&index.columns)
            ));
        }
        Ok(statements)
    }

    /// A `CHECK` as `SQLite` writes it in the definition of the table.
    fn check_condition(&mut self, table: &Table, text: &str) -> Result<String, SqlError> {
        let dialect = super::dialect::EmulatorDialect {
            backslash_escapes: true,
        };
        let expression = sqlparser::parser::Parser::new(&dialect)
            .try_with_sql(text)
            .and_then(|mut parser| parser.parse_expr())
            .map_err(SqlError::syntax)?;
        self.inline = true;
        self.open_scope();
        let relation = super::translate::Relation::of_table(table, &table.name, String::new());
        self.see(relation);
        let condition = self.expression(&expression);
        self.close_scope();
        self.inline = false;
        let condition = condition?;
        if condition.sql.contains("my_uuid") || condition.sql.contains("my_random") {
            return Err(SqlError::unsupported("such a CHECK"));
        }
        Ok(condition.sql)
    }
}

pub(crate) fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
    names.join(", ")
}

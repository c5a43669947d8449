//! The columns of the tables of `information_schema`.

use super::types::{self, BIGINT_UNSIGNED, Collation, TextForm, Type, varchar};

pub(crate) type Columns = &'static [(&'static str, Type)];

/// Text of the system: its collation takes no account of case.
pub(crate) const NAME: Type = varchar(64);

pub(crate) const LONG: Type = Type::Text {
    form: TextForm::LongLarge,
    length: u32::MAX,
    collation: Collation::Default,
};

pub(crate) const NUMBER: Type = BIGINT_UNSIGNED;

pub(crate) const INT_UNSIGNED: Type = Type::Integer {
    size: types::IntegerSize::Int,
    unsigned: true,
    boolean: false,
};

pub(crate) const TIME: Type = Type::Timestamp { digits: 0 };

pub(crate) const SHORT: Type = Type::Text {
    form: TextForm::Fixed,
    length: 3,
    collation: Collation::Default,
};

pub(crate) const SCHEMATA: Columns = &[
    ("CATALOG_NAME", NAME),
    ("SCHEMA_NAME", NAME),
    ("DEFAULT_CHARACTER_SET_NAME", NAME),
    ("DEFAULT_COLLATION_NAME", NAME),
    ("SQL_PATH", NAME),
    ("DEFAULT_ENCRYPTION", NAME),
];

pub(crate) const TABLES: Columns = &[
    ("TABLE_CATALOG", NAME),
    ("TABLE_SCHEMA", NAME),
    ("TABLE_NAME", NAME),
    ("TABLE_TYPE", NAME),
    ("ENGINE", NAME),
    ("VERSION", NUMBER),
    ("ROW_FORMAT", NAME),
    ("TABLE_ROWS", NUMBER),
    ("AVG_ROW_LENGTH", NUMBER),
    ("DATA_LENGTH", NUMBER),
    ("MAX_DATA_LENGTH", NUMBER),
    ("INDEX_LENGTH", NUMBER),
    ("DATA_FREE", NUMBER),
    ("AUTO_INCREMENT", NUMBER),
    ("CREATE_TIME", TIME),
    ("UPDATE_TIME", TIME),
    ("CHECK_TIME", TIME),
    ("TABLE_COLLATION", NAME),
    ("CHECKSUM", NUMBER),
    ("CREATE_OPTIONS", varchar(256)),
    ("TABLE_COMMENT", varchar(2048)),
];

pub(crate) const COLUMNS: Columns = &[
    ("TABLE_CATALOG", NAME),
    ("TABLE_SCHEMA", NAME),
    ("TABLE_NAME", NAME),
    ("COLUMN_NAME", NAME),
    ("ORDINAL_POSITION", INT_UNSIGNED),
    ("COLUMN_DEFAULT", LONG),
    ("IS_NULLABLE", NAME),
    ("DATA_TYPE", LONG),
    ("CHARACTER_MAXIMUM_LENGTH", types::BIGINT),
    ("CHARACTER_OCTET_LENGTH", types::BIGINT),
    ("NUMERIC_PRECISION", NUMBER),
    ("NUMERIC_SCALE", NUMBER),
    ("DATETIME_PRECISION", NUMBER),
    ("CHARACTER_SET_NAME", NAME),
    ("COLLATION_NAME", NAME),
    ("COLUMN_TYPE", LONG),
    ("COLUMN_KEY", SHORT),
    ("EXTRA", varchar(256)),
    ("PRIVILEGES", varchar(154)),
    ("COLUMN_COMMENT", LONG),
    ("GENERATION_EXPRESSION", LONG),
    ("SRS_ID", NUMBER),
];

pub(crate) const STATISTICS: Columns = &[
    ("TABLE_CATALOG", NAME),
    ("TABLE_SCHEMA", NAME),
    ("TABLE_NAME", NAME),
    ("NON_UNIQUE", types::INT),
    ("INDEX_SCHEMA", NAME),
    ("INDEX_NAME", NAME),
    ("SEQ_IN_INDEX", INT_UNSIGNED),
    ("COLUMN_NAME", NAME),
    ("COLLATION", NAME),
    ("CARDINALITY", types::BIGINT),
    ("SUB_PART", types::BIGINT),
    ("PACKED", NAME),
    ("NULLABLE", NAME),
    ("INDEX_TYPE", NAME),
    ("COMMENT", NAME),
    ("INDEX_COMMENT", varchar(2048)),
    ("IS_VISIBLE", NAME),
    ("EXPRESSION", LONG),
];

pub(crate) const KEY_COLUMN_USAGE: Columns = &[
    ("CONSTRAINT_CATALOG", NAME),
    ("CONSTRAINT_SCHEMA", NAME),
    ("CONSTRAINT_NAME", NAME),
    ("TABLE_CATALOG", NAME),
    ("TABLE_SCHEMA", NAME),
    ("TABLE_NAME", NAME),
    ("COLUMN_NAME", NAME),
    ("ORDINAL_POSITION", NUMBER),
    ("POSITION_IN_UNIQUE_CONSTRAINT", NUMBER),
    ("REFERENCED_TABLE_SCHEMA", NAME),
    ("REFERENCED_TABLE_NAME", NAME),
    ("REFERENCED_COLUMN_NAME", NAME),
];

pub(crate) const TABLE_CONSTRAINTS: Columns = &[
    ("CONSTRAINT_CATALOG", NAME),
    ("CONSTRAINT_SCHEMA", NAME),
    ("CONSTRAINT_NAME", NAME),
    ("TABLE_SCHEMA", NAME),
    ("TABLE_NAME", NAME),
    ("CONSTRAINT_TYPE", NAME),
    ("ENFORCED", NAME),
];

pub(crate) const REFERENTIAL_CONSTRAINTS: Columns = &[
    ("CONSTRAINT_CATALOG", NAME),
    ("CONSTRAINT_SCHEMA", NAME),
    ("CONSTRAINT_NAME", NAME),
    ("UNIQUE_CONSTRAINT_CATALOG", NAME),
    ("UNIQUE_CONSTRAINT_SCHEMA", NAME),
    ("UNIQUE_CONSTRAINT_NAME", NAME),
    ("MATCH_OPTION", NAME),
    ("UPDATE_RULE", NAME),
    ("DELETE_RULE", NAME),
    ("TABLE_NAME", NAME),
    ("REFERENCED_TABLE_NAME", NAME),
];

/// What has no rows here.
pub(crate) const VIEWS: Columns = &[
    ("TABLE_CATALOG", NAME),
    ("TABLE_SCHEMA", NAME),
    ("TABLE_NAME", NAME),
    ("VIEW_DEFINITION", LONG),
];

pub(crate) const COLLATION_LIST: Columns = &[
    ("COLLATION_NAME", NAME),
    ("CHARACTER_SET_NAME", NAME),
    ("ID", NUMBER),
    ("IS_DEFAULT", NAME),
    ("IS_COMPILED", NAME),
    ("SORTLEN", NUMBER),
    ("PAD_ATTRIBUTE", NAME),
];

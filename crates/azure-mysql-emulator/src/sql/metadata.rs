//! What the protocol says about a column of a result.

use mysql_common::{
    constants::{ColumnFlags, ColumnType},
    packets::Column,
};

/// A collation, which names its character set too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Collation {
    pub(super) id: u16,
    pub(super) name: &'static str,
    pub(super) character_set: &'static str,
    /// Bytes of its longest character.
    pub(super) widest: u32,
}

/// Those that clients log in with or ask for. The first is the default.
const COLLATIONS: [Collation; 7] = [
    collation(255, "utf8mb4_0900_ai_ci", "utf8mb4", 4),
    collation(45, "utf8mb4_general_ci", "utf8mb4", 4),
    collation(46, "utf8mb4_bin", "utf8mb4", 4),
    collation(224, "utf8mb4_unicode_ci", "utf8mb4", 4),
    collation(246, "utf8mb4_unicode_520_ci", "utf8mb4", 4),
    collation(33, "utf8mb3_general_ci", "utf8mb3", 3),
    collation(8, "latin1_swedish_ci", "latin1", 1),
];

const fn collation(
    id: u16,
    name: &'static str,
    character_set: &'static str,
    widest: u32,
) -> Collation {
    Collation {
        id,
        name,
        character_set,
        widest,
    }
}

impl Collation {
    /// Of tables, and of the server.
    pub(super) const DEFAULT: Self = COLLATIONS[0];
    /// Of what the server says of itself.
    pub(super) const SYSTEM: Self = COLLATIONS[5];

    pub(super) fn numbered(id: u16) -> Option<Self> {
        COLLATIONS.into_iter().find(|known| known.id == id)
    }

    /// One of `utf8mb4`: of the others a client can only log in with one.
    pub(super) fn named(name: &str) -> Option<Self> {
        COLLATIONS[..5]
            .iter()
            .find(|known| known.name.eq_ignore_ascii_case(name))
            .copied()
    }
}

const BINARY: u16 = 63;

/// Of text that is of no column.
const NO_DECIMALS: u8 = 31;

/// What an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) shape: Shape,
    pub(super) nullable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Null,
    Integer {
        length: u32,
        unsigned: bool,
    },
    Text {
        characters: u32,
        collation: Collation,
    },
    /// A user variable that holds text.
    LongText(Collation),
    /// A user variable that was set to NULL.
    NullVariable,
    /// A user variable that was never set.
    UnsetVariable,
}

impl Kind {
    pub(super) fn integer(length: u32, unsigned: bool, nullable: bool) -> Self {
        Self {
            shape: Shape::Integer { length, unsigned },
            nullable,
        }
    }

    pub(super) fn text(characters: u32, collation: Collation, nullable: bool) -> Self {
        Self {
            shape: Shape::Text {
                characters,
                collation,
            },
            nullable,
        }
    }

    /// Describes it, to a client that wants its text in `results`, or as it is.
    pub(super) fn describe(self, name: &str, results: Option<Collation>) -> Column {
        let not_null = if self.nullable {
            ColumnFlags::empty()
        } else {
            ColumnFlags::NOT_NULL_FLAG
        };
        let binary = ColumnFlags::BINARY_FLAG;
        let (kind, length, set, flags, decimals) = match self.shape {
            Shape::Null => (ColumnType::MYSQL_TYPE_NULL, 0, BINARY, binary, 0),
            Shape::Integer { length, unsigned } => {
                let mut flags = binary;
                flags.set(ColumnFlags::UNSIGNED_FLAG, unsigned);
                (ColumnType::MYSQL_TYPE_LONGLONG, length, BINARY, flags, 0)
            }
            Shape::Text {
                characters,
                collation,
            } => {
                let shown = results.unwrap_or(collation);
                let kind = ColumnType::MYSQL_TYPE_VAR_STRING;
                let length = characters.saturating_mul(shown.widest);
                (kind, length, shown.id, ColumnFlags::empty(), NO_DECIMALS)
            }
            Shape::LongText(collation) => {
                let bytes = 16_777_215 * collation.widest;
                let kind = ColumnType::MYSQL_TYPE_LONG_BLOB;
                let length = results.map_or(bytes, |shown| bytes * shown.widest);
                let shown = results.unwrap_or(collation);
                (kind, length, shown.id, ColumnFlags::empty(), NO_DECIMALS)
            }
            Shape::NullVariable => {
                let kind = ColumnType::MYSQL_TYPE_MEDIUM_BLOB;
                (kind, 16_777_215, BINARY, binary, NO_DECIMALS)
            }
            Shape::UnsetVariable => {
                let kind = ColumnType::MYSQL_TYPE_VAR_STRING;
                (kind, 65_532, BINARY, binary, NO_DECIMALS)
            }
        };
        Column::new(kind)
            .with_name(name.as_bytes())
            .with_column_length(length)
            .with_character_set(set)
            .with_flags(flags | not_null)
            .with_decimals(decimals)
    }
}

/// Describes a column of a table.
pub(super) struct TableColumn<'a> {
    pub(super) database: &'a str,
    pub(super) table: &'a str,
    pub(super) column: &'a str,
    pub(super) name: &'a str,
    pub(super) kind: ColumnType,
    /// In characters, digits, or for a large text in bytes.
    pub(super) length: u32,
    pub(super) flags: ColumnFlags,
}

impl TableColumn<'_> {
    pub(super) fn describe(&self, results: Option<Collation>) -> Column {
        let shown = results.unwrap_or(Collation::DEFAULT);
        let (length, set) = match self.kind {
            ColumnType::MYSQL_TYPE_VAR_STRING => (self.length * shown.widest, shown.id),
            // A client's character set counts for each byte.
            ColumnType::MYSQL_TYPE_BLOB => {
                let length = results.map_or(self.length, |shown| self.length * shown.widest);
                (length, shown.id)
            }
            _ => (self.length, BINARY),
        };
        Column::new(self.kind)
            .with_schema(self.database.as_bytes())
            .with_table(self.table.as_bytes())
            .with_org_table(self.table.as_bytes())
            .with_name(self.name.as_bytes())
            .with_org_name(self.column.as_bytes())
            .with_column_length(length)
            .with_character_set(set)
            .with_flags(self.flags)
    }
}

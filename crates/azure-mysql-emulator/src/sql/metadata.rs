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

/// What the column of a table is, or an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) column_type: ColumnType,
    /// In characters, digits, or for a large text in bytes.
    pub(super) length: u32,
    /// Of a text.
    pub(super) collation: Option<Collation>,
    pub(super) flags: ColumnFlags,
    pub(super) decimals: u8,
}

impl Kind {
    pub(super) const NULL: Self = Self {
        column_type: ColumnType::MYSQL_TYPE_NULL,
        length: 0,
        collation: None,
        flags: ColumnFlags::BINARY_FLAG,
        decimals: 0,
    };

    /// A user variable that was never set.
    pub(super) const UNSET: Self = Self {
        column_type: ColumnType::MYSQL_TYPE_VAR_STRING,
        length: 65_532,
        decimals: NO_DECIMALS,
        ..Self::NULL
    };

    pub(super) fn integer(length: u32, unsigned: bool, nullable: bool) -> Self {
        let mut flags = ColumnFlags::BINARY_FLAG;
        flags.set(ColumnFlags::UNSIGNED_FLAG, unsigned);
        flags.set(ColumnFlags::NOT_NULL_FLAG, !nullable);
        Self {
            column_type: ColumnType::MYSQL_TYPE_LONGLONG,
            length,
            flags,
            ..Self::NULL
        }
    }

    pub(super) fn text(length: u32, collation: Collation, nullable: bool) -> Self {
        let mut flags = ColumnFlags::empty();
        flags.set(ColumnFlags::NOT_NULL_FLAG, !nullable);
        Self {
            column_type: ColumnType::MYSQL_TYPE_VAR_STRING,
            length,
            collation: Some(collation),
            flags,
            decimals: NO_DECIMALS,
        }
    }

    /// A parameter of which nothing is known yet.
    pub(super) fn parameter(collation: Collation) -> Self {
        Self::text(65_532 / collation.widest, collation, true)
    }

    /// A user variable that holds text.
    pub(super) fn long_text(collation: Collation) -> Self {
        Self {
            column_type: ColumnType::MYSQL_TYPE_LONG_BLOB,
            ..Self::text(16_777_215 * collation.widest, collation, true)
        }
    }

    /// Describes it, to a client that wants its text in `results`, or as it is.
    pub(super) fn describe(self, name: &str, results: Option<Collation>) -> Column {
        let shown = self.collation.map(|collation| results.unwrap_or(collation));
        let widest = match (shown, self.column_type) {
            // A client's character set counts for each byte.
            (Some(_), ColumnType::MYSQL_TYPE_BLOB | ColumnType::MYSQL_TYPE_LONG_BLOB) => {
                results.map_or(1, |results| results.widest)
            }
            (Some(shown), _) => shown.widest,
            (None, _) => 1,
        };
        Column::new(self.column_type)
            .with_name(name.as_bytes())
            .with_column_length(self.length.saturating_mul(widest))
            .with_character_set(shown.map_or(BINARY, |shown| shown.id))
            .with_flags(self.flags)
            .with_decimals(self.decimals)
    }

    /// Describes it as a column of a table.
    pub(super) fn describe_column(
        self,
        (database, table, column): (&str, &str, &str),
        name: &str,
        results: Option<Collation>,
    ) -> Column {
        self.describe(name, results)
            .with_schema(database.as_bytes())
            .with_table(table.as_bytes())
            .with_org_table(table.as_bytes())
            .with_org_name(column.as_bytes())
    }
}

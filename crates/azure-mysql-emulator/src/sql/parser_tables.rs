//! The statements that define tables or fill them.

use super::{
    ast::{ColumnDefinition, CreateTable, Insert},
    error::SqlError,
    parser::{Parser, Result},
    table::{DataType, IntegerSize},
};

impl Parser<'_> {
    pub(super) fn create_table(&mut self) -> Result<CreateTable> {
        self.expect("TABLE")?;
        let if_not_exists = self.accept("IF");
        if if_not_exists {
            self.expect("NOT")?;
            self.expect("EXISTS")?;
        }
        let table = self.table_name()?;
        self.expect_symbol("(")?;
        let mut columns: Vec<ColumnDefinition> = Vec::new();
        let mut key = None;
        loop {
            if !columns.is_empty() && key.is_none() && self.accept("PRIMARY") {
                self.expect("KEY")?;
                self.expect_symbol("(")?;
                key = Some(self.name()?);
                self.expect_symbol(")")?;
            } else {
                columns.push(self.column_definition()?);
            }
            if !self.accept_symbol(",") {
                break;
            }
        }
        self.expect_symbol(")")?;
        self.table_options()?;
        Ok(CreateTable {
            table,
            if_not_exists,
            columns,
            key,
        })
    }

    /// Those that say what is so anyway.
    fn table_options(&mut self) -> Result<()> {
        loop {
            if self.accept("ENGINE") {
                self.accept_symbol("=");
                self.known("InnoDB")?;
            } else if self.accept("COLLATE") {
                self.accept_symbol("=");
                self.known("utf8mb4_0900_ai_ci")?;
            } else if self.accept("DEFAULT") || self.is_word("CHARSET") || self.is_word("CHARACTER")
            {
                if self.accept("CHARACTER") {
                    self.expect("SET")?;
                } else {
                    self.expect("CHARSET")?;
                }
                self.accept_symbol("=");
                self.known("utf8mb4")?;
            } else {
                return Ok(());
            }
        }
    }

    fn known(&mut self, word: &str) -> Result<()> {
        if self.word_or_text()?.eq_ignore_ascii_case(word) {
            Ok(())
        } else {
            Err(SqlError::unsupported())
        }
    }

    fn column_definition(&mut self) -> Result<ColumnDefinition> {
        let mut column = ColumnDefinition {
            name: self.name()?,
            data_type: self.data_type()?,
            nullable: None,
            default: None,
            auto_increment: false,
            primary_key: false,
        };
        loop {
            if column.nullable.is_none() && self.accept("NULL") {
                column.nullable = Some(true);
            } else if column.nullable.is_none() && self.accept("NOT") {
                self.expect("NULL")?;
                column.nullable = Some(false);
            } else if column.default.is_none() && self.accept("DEFAULT") {
                column.default = Some(self.constant()?);
            } else if !column.auto_increment && self.accept("AUTO_INCREMENT") {
                column.auto_increment = true;
            } else if !column.primary_key && self.accept("PRIMARY") {
                self.expect("KEY")?;
                column.primary_key = true;
            } else {
                return Ok(column);
            }
        }
    }

    fn data_type(&mut self) -> Result<DataType> {
        if self.accept("BOOL") || self.accept("BOOLEAN") {
            return Ok(DataType::Boolean);
        }
        if self.accept("TEXT") {
            return Ok(DataType::Text);
        }
        if self.accept("VARCHAR") {
            self.expect_symbol("(")?;
            let length = self.digits()?;
            self.expect_symbol(")")?;
            return Ok(DataType::Varchar(length));
        }
        let size = if self.accept("TINYINT") {
            IntegerSize::Tiny
        } else if self.accept("SMALLINT") {
            IntegerSize::Small
        } else if self.accept("INT") || self.accept("INTEGER") {
            IntegerSize::Normal
        } else if self.accept("BIGINT") {
            IntegerSize::Big
        } else {
            return Err(SqlError::unsupported());
        };
        let unsigned = self.accept("UNSIGNED");
        Ok(DataType::Integer { size, unsigned })
    }

    pub(super) fn insert(&mut self) -> Result<Insert> {
        self.expect("INTO")?;
        let table = self.table_name()?;
        let columns = if self.accept_symbol("(") {
            let columns = self.list(Self::column_name)?;
            self.expect_symbol(")")?;
            Some(columns)
        } else {
            None
        };
        if !self.accept("VALUE") {
            self.expect("VALUES")?;
        }
        let rows = self.list(|parser| {
            parser.expect_symbol("(")?;
            let values = parser.list(Self::value)?;
            parser.expect_symbol(")")?;
            Ok(values)
        })?;
        Ok(Insert {
            table,
            columns,
            rows,
        })
    }
}

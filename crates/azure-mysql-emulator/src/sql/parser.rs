//! From tokens to a command: a grammar of what is supported, which refuses everything else.

use std::sync::Arc;

use mysql_handshake::ServerError;

use super::{
    ast::{Assignment, Change, Command, Expression, Filter, Function, Item, New, Select, Show},
    cursor::Parser,
    error::{Result, cut, unsupported},
    lexer::{Token, first_statement},
    table::{ColumnName, ColumnSpec, DataType, Definition, same_name},
};

/// How deep parentheses may nest: no text may exhaust the stack.
const DEEPEST: usize = 50;

/// A statement that was parsed.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(super) command: Arc<Command>,
    /// How many `?` it holds.
    pub(crate) parameters: usize,
    /// As much of its text as an error may need.
    pub(super) text: Arc<str>,
}

/// The first statement of a text, and the text behind it if there is more.
pub(super) fn parse(text: &str) -> Result<(Statement, Option<&str>)> {
    let (tokens, rest) = first_statement(text)?;
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        parameters: 0,
    };
    if parser.peek() == &Token::End {
        return Err(ServerError::new(1065, *b"42000", "Query was empty"));
    }
    let command = Arc::new(parser.command()?);
    if parser.peek() != &Token::End {
        return Err(unsupported());
    }
    let own = rest.map_or(text, |rest| &text[..rest]);
    let statement = Statement {
        command,
        parameters: parser.parameters,
        text: cut(own, 1_000).into(),
    };
    Ok((statement, rest.map(|rest| &text[rest..])))
}

impl Parser<'_> {
    fn command(&mut self) -> Result<Command> {
        Ok(match self.word()?.to_ascii_uppercase().as_str() {
            "SELECT" => Command::Select(self.select()?),
            "DO" => Command::Do(self.list(Self::expression)?),
            "SET" => Command::Set(self.list(Self::assignment)?),
            "SHOW" => Command::Show(self.show()?),
            "USE" => Command::Use(self.name()?),
            "KILL" => {
                self.accept("CONNECTION")?;
                Command::Kill(self.number()?)
            }
            "BEGIN" => Command::Begin,
            "START" => {
                self.expect("TRANSACTION")?;
                Command::Begin
            }
            "COMMIT" => Command::Commit,
            "ROLLBACK" => Command::Rollback,
            "CREATE" => self.create_table()?,
            "DROP" => {
                self.expect("TABLE")?;
                Command::DropTable {
                    if_exists: self.accept("IF EXISTS")?,
                    table: self.table()?,
                }
            }
            "INSERT" => self.insert()?,
            "UPDATE" => {
                let table = self.table()?;
                self.expect("SET")?;
                let kind = Change::Update {
                    changes: self.list(Self::change)?,
                    filter: self.filter()?,
                };
                Command::Change(table, kind)
            }
            "DELETE" => {
                self.expect("FROM")?;
                Command::Change(self.table()?, Change::Delete(self.filter()?))
            }
            _ => return Err(unsupported()),
        })
    }

    fn create_table(&mut self) -> Result<Command> {
        self.expect("TABLE")?;
        let if_not_exists = self.accept("IF NOT EXISTS")?;
        let table = self.table()?;
        let mut columns: Vec<ColumnSpec> = Vec::new();
        let mut keys = Vec::new();
        self.expect("(")?;
        self.list(|parser| {
            let position = |name: &str| {
                let mut earlier = columns.iter();
                earlier.position(|column| same_name(&column.name, name))
            };
            if parser.accept("PRIMARY KEY (")? {
                keys.push(position(&parser.name()?).ok_or_else(unsupported)?);
                return parser.expect(")");
            }
            let name = parser.name()?;
            if position(&name).is_some() {
                return Err(unsupported());
            }
            let mut column = ColumnSpec {
                name,
                data_type: parser.data_type()?,
                nullable: true,
                auto_increment: false,
            };
            loop {
                if parser.accept("NOT NULL")? {
                    column.nullable = false;
                } else if parser.accept("AUTO_INCREMENT")? {
                    column.auto_increment = true;
                } else if parser.accept("PRIMARY KEY")? {
                    keys.push(columns.len());
                } else {
                    break;
                }
            }
            columns.push(column);
            Ok(())
        })?;
        self.expect(")")?;
        let definition = Definition::new(columns, &keys)?;
        Ok(Command::CreateTable {
            table,
            if_not_exists,
            definition,
        })
    }

    fn data_type(&mut self) -> Result<DataType> {
        Ok(match self.word()?.to_ascii_uppercase().as_str() {
            "BOOL" | "BOOLEAN" => DataType::Boolean,
            "INT" | "INTEGER" => DataType::Int,
            "BIGINT" => DataType::BigInt,
            "TEXT" => DataType::Text,
            "VARCHAR" => {
                self.expect("(")?;
                let length = self.number()?;
                self.expect(")")?;
                DataType::Varchar(length)
            }
            _ => return Err(unsupported()),
        })
    }

    fn insert(&mut self) -> Result<Command> {
        self.expect("INTO")?;
        let table = self.table()?;
        let mut columns = None;
        if self.accept("(")? {
            columns = Some(self.list(Self::column)?);
            self.expect(")")?;
        }
        self.expect("VALUES (")?;
        let values = self.list(Self::expression)?;
        self.expect(")")?;
        let kind = Change::Insert { columns, values };
        Ok(Command::Change(table, kind))
    }

    /// `column = value` or `column = column + integer`
    fn change(&mut self) -> Result<(ColumnName, New)> {
        let column = self.column()?;
        self.expect("=")?;
        let new = match self.expression()? {
            Expression::Column(own)
                if own.table == column.table && same_name(&own.name, &column.name) =>
            {
                self.expect("+")?;
                New::Increment(self.constant()?)
            }
            value => New::Value(value),
        };
        Ok((column, new))
    }

    fn select(&mut self) -> Result<Select> {
        let mut select = Select {
            items: self.list(Self::item)?,
            from: None,
            filter: Filter::new(),
            order: None,
            limit: None,
        };
        if self.accept("FROM")? {
            select.from = Some(self.table()?);
            select.filter = self.filter()?;
            if self.accept("ORDER BY")? {
                let column = self.column()?;
                let descending = self.accept("DESC")?;
                select.order = Some((column, descending));
                if !descending {
                    self.accept("ASC")?;
                }
            }
        }
        if self.accept("LIMIT")? {
            select.limit = Some(self.constant()?);
        }
        Ok(select)
    }

    fn item(&mut self) -> Result<Item> {
        if self.accept("*")? {
            return Ok(Item::All);
        }
        let start = self.tokens[self.at].start;
        let expression = self.expression()?;
        let text = &self.text[start..self.tokens[self.at - 1].end];
        let name = if self.accept("AS")? || self.is_name() {
            self.name()?
        } else {
            // What MySQL calls an expression without an alias: it has its own ways with long ones and
            // with what a text begins with.
            match &expression {
                Expression::Text(value)
                    if value.starts_with(|first: char| first == ' ' || first.is_control()) =>
                {
                    return Err(unsupported());
                }
                Expression::Text(value) => cut(value, 255).to_owned(),
                Expression::Column(column) => column.name.clone(),
                _ => cut(text, 255).to_owned(),
            }
        };
        Ok(Item::Expression { expression, name })
    }

    fn filter(&mut self) -> Result<Filter> {
        let mut filter = Filter::new();
        if self.accept("WHERE")? {
            self.conditions(&mut filter, 0)?;
        }
        Ok(filter)
    }

    fn conditions(&mut self, filter: &mut Filter, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Err(unsupported());
        }
        loop {
            if self.accept("(")? {
                self.conditions(filter, depth + 1)?;
                self.expect(")")?;
            } else {
                let column = self.column()?;
                self.expect("=")?;
                filter.push((column, self.constant()?));
            }
            if !self.accept("AND")? {
                return Ok(());
            }
        }
    }

    /// A literal or a parameter.
    fn constant(&mut self) -> Result<Expression> {
        let negative = self.accept("-")?;
        Ok(match self.next() {
            Token::Number(digits) => integer(&digits, negative)?,
            _ if negative => return Err(unsupported()),
            Token::Text(text) => Expression::Text(text),
            Token::Parameter => {
                self.parameters += 1;
                Expression::Parameter(self.parameters - 1)
            }
            Token::Word(word) => match word.to_ascii_uppercase().as_str() {
                "NULL" => Expression::Null,
                "TRUE" => truth(1),
                "FALSE" => truth(0),
                _ => return Err(unsupported()),
            },
            _ => return Err(unsupported()),
        })
    }

    fn expression(&mut self) -> Result<Expression> {
        if self.accept("@@")? {
            if self.ahead(1) == &Token::Symbol(".") {
                self.expect("SESSION .")?;
            }
            return Ok(Expression::System(self.word()?.to_ascii_lowercase()));
        }
        if self.accept("@")? {
            return Ok(Expression::User(self.user_variable()?));
        }
        if let Token::Word(word) = self.peek() {
            let word = word.to_ascii_uppercase();
            // With a space before the parenthesis it is another one.
            let call = self.tokens.get(self.at + 1).is_some_and(|next| {
                next.token == Token::Symbol("(") && next.start == self.tokens[self.at].end
            });
            if call {
                self.at += 2;
                let mut function = self.function(&word)?;
                self.expect(")")?;
                if let Expression::Sleep(_, plus) = &mut function
                    && self.accept("+")?
                {
                    *plus = Some(self.number()?);
                }
                return Ok(function);
            }
            if word == "CURRENT_USER" {
                self.next();
                return Ok(Expression::Function(Function::CurrentUser));
            }
            // `SQL_NO_CACHE` and its like are no columns.
            if word.starts_with("SQL_") {
                return Err(unsupported());
            }
        }
        if self.is_name() {
            return self.column().map(Expression::Column);
        }
        self.constant()
    }

    fn function(&mut self, name: &str) -> Result<Expression> {
        Ok(Expression::Function(match name {
            "COUNT" => {
                self.expect("*")?;
                return Ok(Expression::CountRows);
            }
            "SLEEP" => {
                let seconds = self.number()?;
                return Ok(Expression::Sleep(seconds, None));
            }
            "CAST" => {
                self.expect("CONNECTION_ID ( ) AS CHAR")?;
                Function::ConnectionIdAsText
            }
            "CURRENT_USER" => Function::CurrentUser,
            "USER" => Function::User,
            "DATABASE" | "SCHEMA" => Function::Database,
            "VERSION" => Function::Version,
            "CONNECTION_ID" => Function::ConnectionId,
            "LAST_INSERT_ID" => Function::LastInsertId,
            _ => return Err(unsupported()),
        }))
    }

    fn assignment(&mut self) -> Result<Assignment> {
        if self.accept("NAMES")? {
            return Ok(Assignment::Names {
                character_set: self.word_or_text()?,
                collation: if self.accept("COLLATE")? {
                    Some(self.word_or_text()?)
                } else {
                    None
                },
            });
        }
        if self.accept("@")? {
            let name = self.user_variable()?;
            self.expect("=")?;
            return Ok(Assignment::User(name, self.constant()?));
        }
        if self.accept("@@")? {
            if self.ahead(1) == &Token::Symbol(".") {
                self.expect("SESSION .")?;
            }
        } else {
            self.accept("SESSION")?;
        }
        let name = self.word()?.to_ascii_lowercase();
        self.expect("=")?;
        let nested = self.accept("( SELECT")?;
        if name == "sql_mode" && self.accept("CONCAT ( @@ sql_mode ,")? {
            let modes = self.quoted()?;
            self.expect(if nested { ") )" } else { ")" })?;
            return Ok(Assignment::MoreModes(modes));
        }
        let value = match self.peek() {
            _ if nested => return Err(unsupported()),
            // `ON`, `utf8mb4`: a word stands for itself.
            Token::Word(word) if !["NULL", "DEFAULT"].contains(&word.to_uppercase().as_str()) => {
                Expression::Text(self.word()?)
            }
            _ => self.constant()?,
        };
        Ok(Assignment::System(name, value))
    }

    fn show(&mut self) -> Result<Show> {
        if self.accept("WARNINGS")? {
            return Ok(Show::Warnings);
        }
        let global = self.accept("GLOBAL")?;
        if !global {
            self.accept("SESSION")?;
        }
        if self.accept("STATUS LIKE")? {
            let name = self.quoted()?;
            return Ok(Show::Status { global, name });
        }
        self.expect("VARIABLES LIKE")?;
        let name = self.quoted()?;
        (!global)
            .then_some(Show::Variables(name))
            .ok_or_else(unsupported)
    }

    fn user_variable(&mut self) -> Result<String> {
        let name = self.word()?.to_lowercase();
        // A space between `@` and the name makes it another statement, and other letters fold.
        let adjacent = self.tokens[self.at - 2].end == self.tokens[self.at - 1].start;
        (adjacent && name.is_ascii())
            .then_some(name)
            .ok_or_else(unsupported)
    }
}

fn truth(value: i64) -> Expression {
    Expression::Integer { value, digits: 1 }
}

fn integer(digits: &str, negative: bool) -> Result<Expression> {
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(unsupported());
    }
    let sign = if negative { "-" } else { "" };
    let value = format!("{sign}{digits}")
        .parse()
        .map_err(|_| unsupported())?;
    let digits = u32::try_from(digits.len()).unwrap_or(u32::MAX) + 1;
    Ok(Expression::Integer { value, digits })
}

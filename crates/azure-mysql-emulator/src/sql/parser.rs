//! From tokens to a command: a grammar of what is supported, which refuses everything else.

use mysql_handshake::ServerError;

use super::{
    ast::{
        Assignment, Change, ChangeKind, Command, Expression, Filter, Function, Item, New, Select,
        Show,
    },
    error::{Result, unsupported},
    lexer::{Located, Token, first_statement, is_reserved},
    table::{ColumnName, ColumnSpec, DataType, Definition, same_name},
};

/// How deep parentheses may nest: no text may exhaust the stack.
const DEEPEST: usize = 50;

/// Characters of a `VARCHAR`.
const LONGEST_VARCHAR: u32 = 16_383;

/// Bytes of a row, `TEXT` aside. Refused earlier than by MySQL, which counts some more bytes.
const LONGEST_ROW: u32 = 60_000;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Located>,
    at: usize,
    parameters: usize,
}

pub(super) struct Parsed {
    pub(super) command: Command,
    pub(super) parameters: usize,
    /// Where the next statement begins, if there is any.
    pub(super) rest: Option<usize>,
}

/// The first statement of a text.
pub(super) fn parse(text: &str) -> Result<Parsed> {
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
    let command = parser.command()?;
    if parser.peek() != &Token::End {
        return Err(unsupported());
    }
    Ok(Parsed {
        command,
        parameters: parser.parameters,
        rest,
    })
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.ahead(0)
    }

    fn ahead(&self, count: usize) -> &Token {
        // The last token is the end.
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + count).min(last)].token
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn is_word(&self, keyword: &str) -> bool {
        matches!(self.peek(), Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Takes these keywords, or none of them if the first is not there.
    ///
    /// # Errors
    ///
    /// 1064 if only the first is there.
    fn accept(&mut self, keywords: &str) -> Result<bool> {
        for (index, keyword) in keywords.split(' ').enumerate() {
            if !self.is_word(keyword) {
                return if index == 0 {
                    Ok(false)
                } else {
                    Err(unsupported())
                };
            }
            self.next();
        }
        Ok(true)
    }

    fn expect(&mut self, keywords: &str) -> Result<()> {
        self.accept(keywords)?.then_some(()).ok_or_else(unsupported)
    }

    fn accept_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(found) if *found == symbol);
        if found {
            self.next();
        }
        found
    }

    fn expect_symbol(&mut self, symbol: &str) -> Result<()> {
        self.accept_symbol(symbol)
            .then_some(())
            .ok_or_else(unsupported)
    }

    /// One or more, with commas between them.
    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut list = vec![one(self)?];
        while self.accept_symbol(",") {
            list.push(one(self)?);
        }
        Ok(list)
    }

    fn command(&mut self) -> Result<Command> {
        Ok(match self.word()?.to_ascii_uppercase().as_str() {
            "SELECT" => Command::Select(self.select()?),
            "DO" => Command::Do(self.list(Self::expression)?),
            "SET" => Command::Set(self.list(Self::assignment)?),
            "SHOW" => Command::Show(self.show()?),
            "USE" => Command::Use(self.name()?),
            "KILL" => {
                self.accept("CONNECTION")?;
                match self.next() {
                    Token::Integer(id) => Command::Kill(id.parse().map_err(|_| unsupported())?),
                    _ => return Err(unsupported()),
                }
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
                let kind = ChangeKind::Update {
                    changes: self.list(Self::change)?,
                    filter: self.filter()?,
                };
                Command::Change(Change { table, kind })
            }
            "DELETE" => {
                self.expect("FROM")?;
                Command::Change(Change {
                    table: self.table()?,
                    kind: ChangeKind::Delete(self.filter()?),
                })
            }
            _ => return Err(unsupported()),
        })
    }

    fn create_table(&mut self) -> Result<Command> {
        self.expect("TABLE")?;
        let if_not_exists = self.accept("IF NOT EXISTS")?;
        let table = self.table()?;
        self.expect_symbol("(")?;
        let mut columns: Vec<ColumnSpec> = Vec::new();
        let mut key = None;
        let mut bytes = 0;
        loop {
            if !columns.is_empty() && self.accept("PRIMARY KEY")? {
                self.expect_symbol("(")?;
                let name = self.name()?;
                let named = |column: &ColumnSpec| same_name(&column.name, &name);
                let position = columns.iter().position(named).ok_or_else(unsupported)?;
                self.expect_symbol(")")?;
                self.set_key(&mut columns, &mut key, position)?;
            } else {
                let name = self.name()?;
                if columns.iter().any(|column| same_name(&column.name, &name)) {
                    return Err(unsupported());
                }
                let data_type = self.data_type()?;
                bytes += match data_type {
                    DataType::Varchar(characters) => characters * 4 + 3,
                    _ => 16,
                };
                columns.push(ColumnSpec {
                    name,
                    data_type,
                    nullable: true,
                    auto_increment: false,
                });
                self.column_options(&mut columns, &mut key)?;
            }
            if !self.accept_symbol(",") {
                break;
            }
        }
        self.expect_symbol(")")?;
        let misplaced = |(position, column): (usize, &ColumnSpec)| {
            column.auto_increment && key != Some(position)
        };
        if bytes > LONGEST_ROW || columns.iter().enumerate().any(misplaced) {
            return Err(unsupported());
        }
        Ok(Command::CreateTable {
            table,
            if_not_exists,
            definition: Definition { columns, key },
        })
    }

    /// Of the last column.
    fn column_options(
        &mut self,
        columns: &mut Vec<ColumnSpec>,
        key: &mut Option<usize>,
    ) -> Result<()> {
        let position = columns.len() - 1;
        loop {
            let column = &mut columns[position];
            if self.accept("NOT NULL")? {
                column.nullable = false;
            } else if self.accept("AUTO_INCREMENT")? {
                column.auto_increment = true;
            } else if self.accept("PRIMARY KEY")? {
                self.set_key(columns, key, position)?;
            } else {
                return Ok(());
            }
        }
    }

    fn set_key(
        &self,
        columns: &mut [ColumnSpec],
        key: &mut Option<usize>,
        position: usize,
    ) -> Result<()> {
        let column = &mut columns[position];
        if key.replace(position).is_some() || column.data_type.range().is_none() {
            return Err(unsupported());
        }
        column.nullable = false;
        Ok(())
    }

    fn data_type(&mut self) -> Result<DataType> {
        Ok(match self.word()?.to_ascii_uppercase().as_str() {
            "BOOL" | "BOOLEAN" => DataType::Boolean,
            "INT" | "INTEGER" => DataType::Int,
            "BIGINT" => DataType::BigInt,
            "TEXT" => DataType::Text,
            "VARCHAR" => {
                self.expect_symbol("(")?;
                let Token::Integer(digits) = self.next() else {
                    return Err(unsupported());
                };
                self.expect_symbol(")")?;
                let length = digits.parse().map_err(|_| unsupported())?;
                if length > LONGEST_VARCHAR {
                    return Err(unsupported());
                }
                DataType::Varchar(length)
            }
            _ => return Err(unsupported()),
        })
    }

    fn insert(&mut self) -> Result<Command> {
        self.expect("INTO")?;
        let table = self.table()?;
        let mut columns = None;
        if self.accept_symbol("(") {
            columns = Some(self.list(Self::column)?);
            self.expect_symbol(")")?;
        }
        self.expect("VALUES")?;
        self.expect_symbol("(")?;
        let values = self.list(Self::expression)?;
        self.expect_symbol(")")?;
        let kind = ChangeKind::Insert { columns, values };
        Ok(Command::Change(Change { table, kind }))
    }

    /// `column = value` or `column = column + integer`
    fn change(&mut self) -> Result<(ColumnName, New)> {
        let column = self.column()?;
        self.expect_symbol("=")?;
        let new = match self.expression()? {
            Expression::Column(own)
                if own.table == column.table && same_name(&own.name, &column.name) =>
            {
                self.expect_symbol("+")?;
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
        if self.accept_symbol("*") {
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
                Expression::Text(value) => cut(value, 255),
                Expression::Column(column) => column.name.clone(),
                _ => cut(text, 255),
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
            if self.accept_symbol("(") {
                self.conditions(filter, depth + 1)?;
                self.expect_symbol(")")?;
            } else {
                let column = self.column()?;
                self.expect_symbol("=")?;
                filter.push((column, self.constant()?));
            }
            if !self.accept("AND")? {
                return Ok(());
            }
        }
    }

    /// A literal or a parameter.
    fn constant(&mut self) -> Result<Expression> {
        let negative = self.accept_symbol("-");
        Ok(match self.next() {
            Token::Integer(digits) => integer(&digits, negative)?,
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
        if self.accept_symbol("@@") {
            let scope = matches!(self.ahead(1), Token::Symbol("."));
            let global = scope && self.is_word("GLOBAL");
            if scope {
                if !(global || self.is_word("SESSION")) {
                    return Err(unsupported());
                }
                self.at += 2;
            }
            let name = self.word()?.to_ascii_lowercase();
            return Ok(Expression::System { global, name });
        }
        if self.accept_symbol("@") {
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
                let function = self.function(&word)?;
                self.expect_symbol(")")?;
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
                self.expect_symbol("*")?;
                return Ok(Expression::CountRows);
            }
            "SLEEP" => {
                return match self.next() {
                    Token::Integer(seconds) | Token::Decimal(seconds) => {
                        let seconds = seconds.parse().map_err(|_| unsupported())?;
                        Ok(Expression::Sleep(seconds))
                    }
                    _ => Err(unsupported()),
                };
            }
            "CAST" => {
                self.expect("CONNECTION_ID")?;
                self.expect_symbol("(")?;
                self.expect_symbol(")")?;
                self.expect("AS CHAR")?;
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
        if self.accept_symbol("@") {
            let name = self.user_variable()?;
            self.expect_symbol("=")?;
            return Ok(Assignment::User(name, self.constant()?));
        }
        if self.accept_symbol("@@") {
            if self.ahead(1) == &Token::Symbol(".") {
                self.expect("SESSION")?;
                self.expect_symbol(".")?;
            }
        } else {
            self.accept("SESSION")?;
        }
        let name = self.word()?.to_ascii_lowercase();
        self.expect_symbol("=")?;
        let nested = self.accept_symbol("(");
        if nested {
            self.expect("SELECT")?;
        }
        if name == "sql_mode" && (nested || self.is_word("CONCAT")) {
            let modes = self.more_modes()?;
            if nested {
                self.expect_symbol(")")?;
            }
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

    /// `CONCAT(@@sql_mode, 'modes')`
    fn more_modes(&mut self) -> Result<String> {
        self.expect("CONCAT")?;
        for symbol in ["(", "@@"] {
            self.expect_symbol(symbol)?;
        }
        self.expect("sql_mode")?;
        self.expect_symbol(",")?;
        let Token::Text(modes) = self.next() else {
            return Err(unsupported());
        };
        self.expect_symbol(")")?;
        Ok(modes)
    }

    fn show(&mut self) -> Result<Show> {
        if self.accept("WARNINGS")? {
            return Ok(Show::Warnings);
        }
        let global = self.accept("GLOBAL")?;
        if !global {
            self.accept("SESSION")?;
        }
        let status = self.accept("STATUS")?;
        if !status {
            self.expect("VARIABLES")?;
        }
        self.expect("LIKE")?;
        match self.next() {
            Token::Text(name) if status => Ok(Show::Status { global, name }),
            Token::Text(name) => Ok(Show::Variables { global, name }),
            _ => Err(unsupported()),
        }
    }

    fn user_variable(&mut self) -> Result<String> {
        let name = self.word()?.to_lowercase();
        // A space between `@` and the name makes it another statement, and other letters fold.
        let adjacent = self.tokens[self.at - 2].end == self.tokens[self.at - 1].start;
        (adjacent && name.is_ascii())
            .then_some(name)
            .ok_or_else(unsupported)
    }

    fn word(&mut self) -> Result<String> {
        match self.next() {
            Token::Word(word) => Ok(word),
            _ => Err(unsupported()),
        }
    }

    fn word_or_text(&mut self) -> Result<String> {
        match self.next() {
            Token::Word(word) | Token::Text(word) => Ok(word),
            _ => Err(unsupported()),
        }
    }

    fn is_name(&self) -> bool {
        match self.peek() {
            Token::Quoted(_) => true,
            Token::Word(word) => !is_reserved(word),
            _ => false,
        }
    }

    fn name(&mut self) -> Result<String> {
        if !self.is_name() {
            return Err(unsupported());
        }
        match self.next() {
            Token::Quoted(name) | Token::Word(name)
                if !name.is_empty() && !name.ends_with(' ') && name.chars().count() <= 64 =>
            {
                Ok(name)
            }
            _ => Err(unsupported()),
        }
    }

    /// As on Azure, names of tables are kept in lower case: `lower_case_table_names` is 1.
    fn table(&mut self) -> Result<String> {
        Ok(self.name()?.to_lowercase())
    }

    fn column(&mut self) -> Result<ColumnName> {
        let mut name = self.name()?;
        let mut table = None;
        if self.accept_symbol(".") {
            table = Some(name);
            name = self.name()?;
        }
        Ok(ColumnName { table, name })
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

fn cut(text: &str, longest: usize) -> String {
    text[..text.floor_char_boundary(longest)].to_owned()
}

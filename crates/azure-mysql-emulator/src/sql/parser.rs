//! From tokens to a command: a grammar of what is supported, which refuses everything else.

use super::{
    ast::{
        Assignment, ColumnName, Command, Condition, Expression, Function, Item, Limit, Operator,
        Select, Show, TableName, Update,
    },
    error::SqlError,
    lexer::{Located, Token, first_statement, is_reserved},
};

/// How deep conditions may nest: no text may exhaust the stack.
const DEEPEST: usize = 50;

pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Located>,
    at: usize,
    pub(super) parameters: usize,
    depth: usize,
}

pub(super) struct Parsed {
    pub(super) command: Command,
    pub(super) parameters: usize,
    /// Where the next statement begins, if there is any.
    pub(super) rest: Option<usize>,
}

pub(super) type Result<T> = std::result::Result<T, SqlError>;

/// The first statement of a text.
pub(super) fn parse(text: &str) -> Result<Parsed> {
    let (tokens, rest) = first_statement(text)?;
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        parameters: 0,
        depth: 0,
    };
    if parser.peek() == &Token::End {
        return Err(SqlError::new(1065, *b"42000", "Query was empty"));
    }
    let command = parser.command()?;
    if parser.peek() != &Token::End {
        return Err(SqlError::unsupported());
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

    pub(super) fn is_word(&self, keyword: &str) -> bool {
        matches!(self.peek(), Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    pub(super) fn accept(&mut self, keyword: &str) -> bool {
        let found = self.is_word(keyword);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn accept_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(found) if *found == symbol);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn expect(&mut self, keyword: &str) -> Result<()> {
        self.accept(keyword)
            .then_some(())
            .ok_or_else(SqlError::unsupported)
    }

    pub(super) fn expect_symbol(&mut self, symbol: &str) -> Result<()> {
        self.accept_symbol(symbol)
            .then_some(())
            .ok_or_else(SqlError::unsupported)
    }

    /// One or more, with commas between them.
    pub(super) fn list<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut list = vec![one(self)?];
        while self.accept_symbol(",") {
            list.push(one(self)?);
        }
        Ok(list)
    }

    fn command(&mut self) -> Result<Command> {
        let Token::Word(first) = self.next() else {
            return Err(SqlError::unsupported());
        };
        Ok(match first.to_ascii_uppercase().as_str() {
            "SELECT" => Command::Select(self.select()?),
            "DO" => Command::Do(self.list(Self::expression)?),
            "SET" => Command::Set(self.list(Self::assignment)?),
            "SHOW" => Command::Show(self.show()?),
            "USE" => Command::Use(self.name()?),
            "KILL" => {
                self.accept("CONNECTION");
                Command::Kill(self.unsigned()?)
            }
            "BEGIN" => {
                self.accept("WORK");
                Command::Begin {
                    read_only: false,
                    snapshot: false,
                }
            }
            "START" => self.start_transaction()?,
            "COMMIT" => {
                self.accept("WORK");
                Command::Commit
            }
            "ROLLBACK" => {
                self.accept("WORK");
                Command::Rollback
            }
            "CREATE" => Command::CreateTable(self.create_table()?),
            "DROP" => {
                self.expect("TABLE")?;
                let if_exists = self.accept("IF");
                if if_exists {
                    self.expect("EXISTS")?;
                }
                Command::DropTable {
                    tables: self.list(Self::table_name)?,
                    if_exists,
                }
            }
            "INSERT" => Command::Insert(self.insert()?),
            "UPDATE" => {
                let table = self.table_name()?;
                self.expect("SET")?;
                let changes = self.list(|parser| {
                    let column = parser.column_name()?;
                    parser.expect_symbol("=")?;
                    Ok((column, parser.value()?))
                })?;
                Command::Update(Update {
                    table,
                    changes,
                    filter: self.filter()?,
                })
            }
            "DELETE" => {
                self.expect("FROM")?;
                Command::Delete {
                    table: self.table_name()?,
                    filter: self.filter()?,
                }
            }
            _ => return Err(SqlError::unsupported()),
        })
    }

    fn start_transaction(&mut self) -> Result<Command> {
        self.expect("TRANSACTION")?;
        let (mut read_only, mut snapshot) = (false, false);
        if self.accept("READ") {
            read_only = self.accept("ONLY");
            if !read_only {
                self.expect("WRITE")?;
            }
        } else if self.accept("WITH") {
            self.expect("CONSISTENT")?;
            self.expect("SNAPSHOT")?;
            snapshot = true;
        }
        Ok(Command::Begin {
            read_only,
            snapshot,
        })
    }

    fn select(&mut self) -> Result<Select> {
        let items = self.list(Self::item)?;
        let mut from = None;
        if self.accept("FROM") && !self.accept("DUAL") {
            let table = self.table_name()?;
            let alias = if self.accept("AS") || self.is_name() {
                Some(self.name()?)
            } else {
                None
            };
            from = Some((table, alias));
        }
        let filter = if from.is_some() { self.filter()? } else { None };
        let mut order = Vec::new();
        if from.is_some() && self.accept("ORDER") {
            self.expect("BY")?;
            order = self.list(|parser| {
                let column = parser.column_name()?;
                let descending = parser.accept("DESC");
                if !descending {
                    parser.accept("ASC");
                }
                Ok((column, descending))
            })?;
        }
        let mut limit = None;
        if self.accept("LIMIT") {
            let first = self.count()?;
            limit = Some(if self.accept_symbol(",") {
                Limit {
                    count: self.count()?,
                    offset: Some(first),
                }
            } else {
                let offset = if self.accept("OFFSET") {
                    Some(self.count()?)
                } else {
                    None
                };
                Limit {
                    count: first,
                    offset,
                }
            });
        }
        Ok(Select {
            items,
            from,
            filter,
            order,
            limit,
        })
    }

    fn item(&mut self) -> Result<Item> {
        let start = self.tokens[self.at].start;
        if self.accept_symbol("*") {
            return Ok(Item::All(Vec::new()));
        }
        if let (Token::Quoted(table) | Token::Word(table), Token::Symbol("."), Token::Symbol("*")) =
            (self.peek(), self.ahead(1), self.ahead(2))
        {
            let table = table.clone();
            self.at += 3;
            return Ok(Item::All(vec![table]));
        }
        let expression = self.expression()?;
        let text = self.text[start..self.tokens[self.at - 1].end].to_owned();
        let explicit = self.accept("AS");
        let name = match self.peek() {
            // `SELECT 'a' 'b'` and `SELECT _latin1 'a'` mean something else.
            Token::Text(alias) if explicit => {
                let alias = alias.clone();
                self.next();
                alias
            }
            Token::Text(_) => return Err(SqlError::unsupported()),
            _ if explicit || self.is_name() => self.name()?,
            _ => own_name(&expression, text),
        };
        // MySQL has its own ways with longer ones, and with spaces at the end of an alias.
        if explicit && (name.is_empty() || name.ends_with(' ') || name.chars().count() > 64) {
            return Err(SqlError::unsupported());
        }
        Ok(Item::Expression { expression, name })
    }

    pub(super) fn filter(&mut self) -> Result<Option<Condition>> {
        if self.accept("WHERE") {
            self.condition().map(Some)
        } else {
            Ok(None)
        }
    }

    fn condition(&mut self) -> Result<Condition> {
        let mut left = self.conjunction()?;
        while self.accept("OR") {
            left = Condition::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Condition> {
        let mut left = self.negation()?;
        while self.accept("AND") {
            left = Condition::And(Box::new(left), Box::new(self.negation()?));
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Condition> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(SqlError::unsupported());
        }
        let condition = if self.accept("NOT") {
            Condition::Not(Box::new(self.negation()?))
        } else if self.accept_symbol("(") {
            let inner = self.condition()?;
            self.expect_symbol(")")?;
            inner
        } else {
            self.predicate()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn predicate(&mut self) -> Result<Condition> {
        let column = self.column_name()?;
        if self.accept("IS") {
            let negated = self.accept("NOT");
            self.expect("NULL")?;
            let is_null = Condition::IsNull(column);
            return Ok(if negated {
                Condition::Not(Box::new(is_null))
            } else {
                is_null
            });
        }
        let operator = match self.next() {
            Token::Symbol("=") => Operator::Equal,
            Token::Symbol("<>" | "!=") => Operator::NotEqual,
            Token::Symbol("<") => Operator::Less,
            Token::Symbol("<=") => Operator::LessOrEqual,
            Token::Symbol(">") => Operator::Greater,
            Token::Symbol(">=") => Operator::GreaterOrEqual,
            _ => return Err(SqlError::unsupported()),
        };
        Ok(Condition::Compare(column, operator, self.constant()?))
    }

    /// A number or a parameter, for `LIMIT`.
    fn count(&mut self) -> Result<Expression> {
        match self.constant()? {
            Expression::Integer { value, .. } if value < 0 => Err(SqlError::unsupported()),
            count @ (Expression::Integer { .. } | Expression::Parameter(_)) => Ok(count),
            _ => Err(SqlError::unsupported()),
        }
    }

    fn unsigned(&mut self) -> Result<u64> {
        match self.next() {
            Token::Integer(digits) => digits.parse().map_err(|_| SqlError::unsupported()),
            _ => Err(SqlError::unsupported()),
        }
    }

    /// A literal or a parameter.
    pub(super) fn constant(&mut self) -> Result<Expression> {
        let negative = self.accept_symbol("-");
        match self.next() {
            Token::Integer(digits) => integer(&digits, negative),
            _ if negative => Err(SqlError::unsupported()),
            Token::Decimal(decimal) => {
                let seconds = decimal.parse().map_err(|_| SqlError::unsupported())?;
                Ok(Expression::Decimal(seconds))
            }
            Token::Text(text) => Ok(Expression::Text(text)),
            Token::Parameter => {
                self.parameters += 1;
                Ok(Expression::Parameter(self.parameters - 1))
            }
            Token::Word(word) => match word.to_ascii_uppercase().as_str() {
                "NULL" => Ok(Expression::Null),
                "TRUE" => Ok(Expression::Integer {
                    value: 1,
                    digits: 1,
                }),
                "FALSE" => Ok(Expression::Integer {
                    value: 0,
                    digits: 1,
                }),
                _ => Err(SqlError::unsupported()),
            },
            _ => Err(SqlError::unsupported()),
        }
    }

    /// What a column may be set to.
    pub(super) fn value(&mut self) -> Result<Expression> {
        if self.accept("DEFAULT") {
            return Ok(Expression::Default);
        }
        self.expression()
    }

    pub(super) fn expression(&mut self) -> Result<Expression> {
        let mut left = self.primary()?;
        while self.accept_symbol("+") {
            left = Expression::Add(Box::new(left), Box::new(self.primary()?));
        }
        Ok(left)
    }

    fn primary(&mut self) -> Result<Expression> {
        if self.accept_symbol("@@") {
            let scope = matches!(self.ahead(1), Token::Symbol("."));
            let global = scope && self.is_word("GLOBAL");
            if scope {
                if !(global || self.is_word("SESSION") || self.is_word("LOCAL")) {
                    return Err(SqlError::unsupported());
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
            if self.ahead(1) == &Token::Symbol("(")
                && self.tokens[self.at].end == self.tokens[self.at + 1].start
            {
                return self.function(&word);
            }
            if word == "CURRENT_USER" {
                self.next();
                return Ok(Expression::Function(Function::CurrentUser, Vec::new()));
            }
            // `SQL_NO_CACHE` and its like are no columns.
            if word.starts_with("SQL_") {
                return Err(SqlError::unsupported());
            }
            if !matches!(word.as_str(), "NULL" | "TRUE" | "FALSE") {
                return self.column_name().map(Expression::Column);
            }
        }
        if matches!(self.peek(), Token::Quoted(_)) {
            return self.column_name().map(Expression::Column);
        }
        self.constant()
    }

    fn function(&mut self, name: &str) -> Result<Expression> {
        self.at += 2;
        let function = match name {
            "COUNT" => {
                self.expect_symbol("*")?;
                self.expect_symbol(")")?;
                return Ok(Expression::CountRows);
            }
            "CAST" => {
                let value = self.primary()?;
                self.expect("AS")?;
                self.expect("CHAR")?;
                self.expect_symbol(")")?;
                return Ok(Expression::Function(Function::CastAsText, vec![value]));
            }
            "CURRENT_USER" => Function::CurrentUser,
            "USER" | "SESSION_USER" | "SYSTEM_USER" => Function::User,
            "DATABASE" | "SCHEMA" => Function::Database,
            "VERSION" => Function::Version,
            "CONNECTION_ID" => Function::ConnectionId,
            "LAST_INSERT_ID" => Function::LastInsertId,
            "ROW_COUNT" => Function::RowCount,
            "SLEEP" => Function::Sleep,
            "CONCAT" => Function::Concat,
            _ => return Err(SqlError::unsupported()),
        };
        let arguments = match function {
            Function::Sleep => vec![self.constant()?],
            // Arguments do not nest, so that no text can exhaust the stack.
            Function::Concat => self.list(|parser| match parser.ahead(1) {
                Token::Symbol("(") => parser.function_without_arguments(),
                _ => parser.primary(),
            })?,
            _ => Vec::new(),
        };
        self.expect_symbol(")")?;
        Ok(Expression::Function(function, arguments))
    }

    fn function_without_arguments(&mut self) -> Result<Expression> {
        if self.ahead(2) == &Token::Symbol(")") {
            self.primary()
        } else {
            Err(SqlError::unsupported())
        }
    }

    fn assignment(&mut self) -> Result<Assignment> {
        if self.accept("NAMES") {
            let character_set = self.character_set()?;
            let collation = if character_set.is_some() && self.accept("COLLATE") {
                Some(self.word_or_text()?)
            } else {
                None
            };
            return Ok(Assignment::Names {
                character_set,
                collation,
            });
        }
        if self.accept("CHARSET") || self.is_word("CHARACTER") {
            if self.accept("CHARACTER") {
                self.expect("SET")?;
            }
            return self.character_set().map(Assignment::CharacterSet);
        }
        if self.accept_symbol("@") {
            let name = self.user_variable()?;
            if !self.accept_symbol(":=") {
                self.expect_symbol("=")?;
            }
            return Ok(Assignment::User(name, self.expression()?));
        }
        if self.accept_symbol("@@") {
            if self.ahead(1) == &Token::Symbol(".") {
                if !(self.accept("SESSION") || self.accept("LOCAL")) {
                    return Err(SqlError::unsupported());
                }
                self.expect_symbol(".")?;
            }
            return self.system_assignment();
        }
        let session = self.accept("SESSION") || self.accept("LOCAL");
        if self.accept("TRANSACTION") {
            if self.accept("ISOLATION") {
                for keyword in ["LEVEL", "REPEATABLE", "READ"] {
                    self.expect(keyword)?;
                }
            } else {
                self.expect("READ")?;
                self.expect("WRITE")?;
            }
            return Ok(Assignment::Transaction { session });
        }
        self.system_assignment()
    }

    fn system_assignment(&mut self) -> Result<Assignment> {
        let name = self.word()?.to_ascii_lowercase();
        if !self.accept_symbol(":=") {
            self.expect_symbol("=")?;
        }
        let nested = self.accept_symbol("(");
        if nested {
            self.expect("SELECT")?;
        }
        let value = match self.peek() {
            Token::Word(word) if !nested && word.eq_ignore_ascii_case("DEFAULT") => {
                self.next();
                Expression::Default
            }
            // `ON`, `utf8mb4`: a word stands for itself.
            Token::Word(word)
                if !nested
                    && self.ahead(1) != &Token::Symbol("(")
                    && !word.eq_ignore_ascii_case("NULL")
                    && self.ahead(1) != &Token::Symbol(".") =>
            {
                Expression::Text(self.word()?)
            }
            _ => self.expression()?,
        };
        if nested {
            self.expect_symbol(")")?;
        }
        Ok(Assignment::System(name, value))
    }

    fn character_set(&mut self) -> Result<Option<String>> {
        if self.accept("DEFAULT") {
            return Ok(None);
        }
        self.word_or_text().map(Some)
    }

    fn show(&mut self) -> Result<Show> {
        if self.accept("WARNINGS") {
            return Ok(Show::Warnings);
        }
        let global = self.accept("GLOBAL");
        if !global && !self.accept("SESSION") {
            self.accept("LOCAL");
        }
        let status = self.accept("STATUS");
        if !status {
            self.expect("VARIABLES")?;
        }
        self.expect("LIKE")?;
        let Token::Text(name) = self.next() else {
            return Err(SqlError::unsupported());
        };
        Ok(if status {
            Show::Status { global, name }
        } else {
            Show::Variables { global, name }
        })
    }

    fn user_variable(&mut self) -> Result<String> {
        let name = self.word()?.to_lowercase();
        // A space between `@` and the name makes it another statement, and other letters fold.
        let adjacent = self.tokens[self.at - 2].end == self.tokens[self.at - 1].start;
        if adjacent && name.is_ascii() {
            Ok(name)
        } else {
            Err(SqlError::unsupported())
        }
    }

    fn word(&mut self) -> Result<String> {
        match self.next() {
            Token::Word(word) => Ok(word),
            _ => Err(SqlError::unsupported()),
        }
    }

    pub(super) fn word_or_text(&mut self) -> Result<String> {
        match self.next() {
            Token::Word(word) | Token::Text(word) => Ok(word),
            _ => Err(SqlError::unsupported()),
        }
    }

    pub(super) fn digits(&mut self) -> Result<u32> {
        u32::try_from(self.unsigned()?).map_err(|_| SqlError::unsupported())
    }

    fn is_name(&self) -> bool {
        match self.peek() {
            Token::Quoted(_) => true,
            Token::Word(word) => !is_reserved(word) && !word.eq_ignore_ascii_case("OFFSET"),
            _ => false,
        }
    }

    pub(super) fn name(&mut self) -> Result<String> {
        match self.next() {
            Token::Quoted(name) if !name.is_empty() && name.chars().count() <= 64 => Ok(name),
            Token::Word(word) if !is_reserved(&word) && word.chars().count() <= 64 => Ok(word),
            _ => Err(SqlError::unsupported()),
        }
    }

    pub(super) fn table_name(&mut self) -> Result<TableName> {
        let name = self.name()?;
        Ok(if self.accept_symbol(".") {
            TableName {
                database: Some(name),
                name: self.name()?,
            }
        } else {
            TableName {
                database: None,
                name,
            }
        })
    }

    pub(super) fn column_name(&mut self) -> Result<ColumnName> {
        let mut qualifiers = vec![self.name()?];
        while qualifiers.len() < 3 && self.accept_symbol(".") {
            qualifiers.push(self.name()?);
        }
        let name = qualifiers.pop().unwrap_or_default();
        Ok(ColumnName { qualifiers, name })
    }
}

fn integer(digits: &str, negative: bool) -> Result<Expression> {
    let value: i128 = digits.parse().map_err(|_| SqlError::unsupported())?;
    let value = if negative { -value } else { value };
    // Beyond it, MySQL makes a decimal of it.
    if value > i128::from(u64::MAX) || value < i128::from(i64::MIN) {
        return Err(SqlError::unsupported());
    }
    let significant =
        u32::try_from(digits.trim_start_matches('0').len().max(1)).unwrap_or(u32::MAX);
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(SqlError::unsupported());
    }
    Ok(Expression::Integer {
        value,
        digits: significant + u32::from(value <= i128::from(i64::MAX)),
    })
}

/// What MySQL calls an expression without an alias: a text by itself, else by what was written.
fn own_name(expression: &Expression, text: String) -> String {
    match expression {
        Expression::Text(value) => {
            let shown = value.trim_start_matches(|character: char| !character.is_ascii_graphic());
            // Letters of other alphabets are graphic too.
            let shown = if value.is_ascii() { shown } else { value };
            cut(shown, 255)
        }
        Expression::Column(column) => column.name.clone(),
        _ => cut(&text, 255),
    }
}

fn cut(text: &str, longest: usize) -> String {
    let mut end = longest.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

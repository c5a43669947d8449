//! How text is read: `sqlparser`'s MySQL, with MySQL's own precedence of operators:
//! <https://dev.mysql.com/doc/refman/9.7/en/operator-precedence.html>.

use std::any::TypeId;

use sqlparser::{
    ast::{BinaryOperator, Expr, UnaryOperator},
    dialect::{Dialect, MySqlDialect, Precedence},
    keywords::Keyword,
    parser::{Parser, ParserError},
    tokenizer::Token,
};

const MYSQL: MySqlDialect = MySqlDialect {};
/// Of `||` that joins text, and of `!`: above all arithmetic.
const CONCATENATION: u8 = 45;

#[derive(Debug)]
pub(crate) struct EmulatorDialect {
    pub(crate) backslash_escapes: bool,
}

/// What is as in `sqlparser`'s dialect.
macro_rules! as_mysql {
    ($($name:ident)*) => {
        $(fn $name(&self) -> bool {
            MYSQL.$name()
        })*
    };
}

impl Dialect for EmulatorDialect {
    fn dialect(&self) -> TypeId {
        TypeId::of::<MySqlDialect>()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        MYSQL.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        MYSQL.is_identifier_part(ch)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        MYSQL.is_delimited_identifier_start(ch)
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        MYSQL.identifier_quote_style(identifier)
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        self.backslash_escapes
    }

    fn supports_string_literal_table_alias(&self, explicit: bool) -> bool {
        MYSQL.supports_string_literal_table_alias(explicit)
    }

    as_mysql! {
        supports_string_literal_concatenation
        ignores_wildcard_escapes
        supports_numeric_prefix
        supports_literal_prefix_in_qualified_name
        supports_bitwise_shift_operators
        supports_singular_value_keyword
        supports_multiline_comment_hints
        require_interval_qualifier
        supports_limit_comma
        supports_create_table_select
        supports_insert_set
        supports_user_host_grantee
        supports_table_hints
        requires_single_line_comment_whitespace
        supports_hash_comment
        supports_match_against
        supports_select_modifiers
        supports_set_names
        supports_comma_separated_set_assignments
        supports_alter_column_position
        supports_update_order_by
        supports_data_type_signed_suffix
        supports_data_type_zerofill_suffix
        supports_cross_join_constraint
        supports_double_ampersand_operator
        supports_table_partitions
        supports_comment_optimizer_hint
        supports_constraint_keyword_without_name
        supports_key_column_option
        supports_group_by_with_modifier
        supports_left_associative_joins_without_parens
    }

    fn is_table_factor_alias(
        &self,
        explicit: bool,
        keyword: &Keyword,
        parser: &mut Parser,
    ) -> bool {
        MYSQL.is_table_factor_alias(explicit, keyword, parser)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        match precedence {
            Precedence::Xor => 7,
            Precedence::Or => 5,
            Precedence::And => 10,
            Precedence::UnaryNot => 15,
            Precedence::Eq | Precedence::Is => 20,
            // `a = b LIKE c` is `a = (b LIKE c)`.
            Precedence::Between | Precedence::Like => 21,
            Precedence::Pipe => 24,
            Precedence::Ampersand => 25,
            Precedence::Caret => 26,
            Precedence::Colon | Precedence::PgOther => 27,
            Precedence::PlusMinus => 30,
            Precedence::MulDivModOp => 40,
            Precedence::AtTz => 41,
            Precedence::DoubleColon => 50,
            Precedence::Period => 100,
        }
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        match &parser.peek_token_ref().token {
            Token::Overlap => Some(Ok(self.prec_value(Precedence::And))),
            Token::StringConcat => Some(Ok(CONCATENATION)),
            Token::Word(word) if word.keyword == Keyword::MOD && word.quote_style.is_none() => {
                Some(Ok(self.prec_value(Precedence::MulDivModOp)))
            }
            _ => None,
        }
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        if parser.peek_token_ref().token != Token::ExclamationMark {
            return None;
        }
        parser.next_token();
        let inner = parser.parse_subexpr(CONCATENATION);
        Some(inner.map(|inner| Expr::UnaryOp {
            op: UnaryOperator::BangNot,
            expr: Box::new(inner),
        }))
    }

    fn parse_infix(
        &self,
        parser: &mut Parser,
        left: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        let op = if parser.parse_keyword(Keyword::DIV) {
            BinaryOperator::MyIntegerDivide
        } else if parser.parse_keyword(Keyword::MOD) {
            BinaryOperator::Modulo
        } else {
            return None;
        };
        let right = parser.parse_subexpr(precedence);
        Some(right.map(|right| Expr::BinaryOp {
            left: Box::new(left.clone()),
            op,
            right: Box::new(right),
        }))
    }
}

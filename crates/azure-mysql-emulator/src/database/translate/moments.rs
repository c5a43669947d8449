//! Functions of dates, times and moments.

use rusqlite::types::Value;
use sqlparser::ast::Expr;

use super::{Expression, Translator};
use crate::database::{
    SqlError, temporal,
    types::{BIGINT, IntegerSize, Type, varchar},
};

const PARTS: [&str; 12] = [
    "YEAR",
    "MONTH",
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "MICROSECOND",
    "QUARTER",
    "DAYOFWEEK",
    "WEEKDAY",
    "DAYOFYEAR",
    "DAYOFMONTH",
];

impl Translator<'_> {
    pub(super) fn of_moments(
        &mut self,
        name: &str,
        a: &[&Expr],
    ) -> Result<Option<Expression>, SqlError> {
        let result = match (name, a) {
            ("NOW" | "CURRENT_TIMESTAMP" | "LOCALTIME" | "LOCALTIMESTAMP", _) if a.len() < 2 => {
                self.now(true, a)?
            }
            ("UTC_TIMESTAMP", _) if a.len() < 2 => self.now(false, a)?,
            ("CURDATE" | "CURRENT_DATE" | "UTC_DATE", []) => {
                let now = self.now(name != "UTC_DATE", &[])?;
                self.part_of_now(&now, Type::Date)
            }
            ("CURTIME" | "CURRENT_TIME" | "UTC_TIME", []) => {
                let now = self.now(name != "UTC_TIME", &[])?;
                self.part_of_now(&now, Type::Time { digits: 0 })
            }
            ("DATE_ADD" | "ADDDATE", [moment, Expr::Interval(interval)]) => {
                self.add_interval(moment, interval, false)?
            }
            ("DATE_SUB" | "SUBDATE", [moment, Expr::Interval(interval)]) => {
                self.add_interval(moment, interval, true)?
            }
            ("DATEDIFF", [one, other]) => {
                let (one, other) = (self.moment(one)?, self.moment(other)?);
                let sql = format!("my_days_between({}, {})", one.sql, other.sql);
                Expression::of(sql, BIGINT, true, &[&one, &other])
            }
            ("DATE", [moment]) => {
                let moment = self.moment(moment)?;
                nullable(&moment, format!("my_date({})", moment.sql), Type::Date)
            }
            ("TIME", [moment]) => {
                let moment = self.moment(moment)?;
                let digits = moment.kind.scale();
                nullable(
                    &moment,
                    format!("my_time_of({})", moment.sql),
                    Type::Time { digits },
                )
            }
            ("LAST_DAY", [moment]) => {
                let moment = self.moment(moment)?;
                nullable(&moment, format!("my_last_day({})", moment.sql), Type::Date)
            }
            ("YEAR", [moment]) => {
                let year = self.extract("YEAR", moment)?;
                let kind = Type::Integer {
                    size: IntegerSize::Year,
                    unsigned: true,
                    boolean: false,
                };
                nullable(&year, year.sql.clone(), kind)
            }
            (part, [moment]) if PARTS.contains(&part) => {
                let part = if part == "DAYOFMONTH" { "DAY" } else { part };
                self.extract(part, moment)?
            }
            ("DATE_FORMAT", [moment, format]) => {
                let (moment, format) = (self.moment(moment)?, self.expression(format)?);
                let Some(Value::Text(_)) = format.constant else {
                    return Err(SqlError::unsupported("DATE_FORMAT with such a format"));
                };
                let sql = format!("my_date_format({}, {})", moment.sql, format.sql);
                Expression::of(sql, varchar(255), true, &[&moment, &format])
            }
            ("UNIX_TIMESTAMP", []) => {
                let seconds = self.context.now.div_euclid(temporal::SECOND);
                self.constant(Value::Integer(seconds), BIGINT)
            }
            ("UNIX_TIMESTAMP", [moment]) => {
                let moment = self.moment(moment)?;
                let digits = moment.kind.scale();
                let offset = self.context.variables.time_offset();
                let micros = format!("my_unix_time({} - {offset})", moment.sql);
                if digits == 0 {
                    moment.with(format!("({micros} / 1000000)"), BIGINT)
                } else {
                    let kind = Type::Decimal {
                        precision: 12 + digits,
                        scale: digits,
                    };
                    moment.with(format!("my_rescale({micros}, 6, {digits})"), kind)
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(result))
    }

    fn now(&mut self, local: bool, digits: &[&Expr]) -> Result<Expression, SqlError> {
        let digits = match digits {
            [] => 0,
            [digits] => match self.expression(digits)?.constant {
                Some(Value::Integer(digits @ 0..=6)) => u8::try_from(digits).unwrap_or(0),
                _ => return Err(SqlError::unsupported("a moment of such precision")),
            },
            _ => return Err(SqlError::unsupported("a moment of such precision")),
        };
        let offset = if local {
            self.context.variables.time_offset()
        } else {
            0
        };
        let now = temporal::truncate(self.context.now + offset, digits);
        Ok(self.constant(Value::Integer(now), Type::DateTime { digits }))
    }

    fn part_of_now(&mut self, now: &Expression, kind: Type) -> Expression {
        let micros = match now.constant {
            Some(Value::Integer(micros)) => micros,
            _ => 0,
        };
        let part = match kind {
            Type::Date => micros.div_euclid(temporal::DAY) * temporal::DAY,
            _ => micros.rem_euclid(temporal::DAY),
        };
        self.constant(Value::Integer(part), kind)
    }

    fn moment(&mut self, value: &Expr) -> Result<Expression, SqlError> {
        let value = self.expression(value)?;
        self.to_moment(&value)
    }

    pub(super) fn extract(&mut self, part: &str, moment: &Expr) -> Result<Expression, SqlError> {
        if !PARTS.contains(&part) {
            return Err(SqlError::unsupported(format!("EXTRACT of {part}")));
        }
        let value = self.expression(moment)?;
        let moment = match value.kind {
            // A time has no negative parts, and more than 24 hours.
            Type::Time { .. } => return Err(SqlError::unsupported(format!("{part} of a time"))),
            _ => self.to_moment(&value)?,
        };
        Ok(nullable(
            &moment,
            format!("my_part({}, '{part}')", moment.sql),
            BIGINT,
        ))
    }
}

fn nullable(part: &Expression, sql: String, kind: Type) -> Expression {
    let mut expression = part.with(sql, kind);
    expression.nullable = true;
    expression
}

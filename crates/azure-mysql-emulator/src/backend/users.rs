//! The statements that make the tenant's users in a backend.

use secrecy::{ExposeSecret as _, SecretString};

use super::sql_text::{identifier, literal};

/// The statements for one user with this password.
///
/// They own the database, and those that test runners make for themselves: Django, Rails and others
/// call theirs `test_` and the database's name.
pub(crate) fn statements(user: &str, password: &SecretString, database: &str) -> [String; 4] {
    let user = format!("{}@'%'", literal(user));
    let password = literal(password.expose_secret());
    // In a grant `_` stands for any character unless it is escaped.
    let database = identifier(
        &database
            .replace('\\', "\\\\")
            .replace('_', "\\_")
            .replace('%', "\\%"),
    );
    [
        format!("DROP USER IF EXISTS {user}"),
        format!("CREATE USER {user} IDENTIFIED BY {password}"),
        format!("GRANT ALL ON {database}.* TO {user}"),
        format!(r"GRANT ALL ON `test\_%`.* TO {user}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_owns_the_database_and_those_of_test_runners() {
        let password = SecretString::from("it's");
        assert_eq!(
            statements("o'neil", &password, "my_shop"),
            [
                "DROP USER IF EXISTS 'o''neil'@'%'",
                "CREATE USER 'o''neil'@'%' IDENTIFIED BY 'it''s'",
                r"GRANT ALL ON `my\_shop`.* TO 'o''neil'@'%'",
                r"GRANT ALL ON `test\_%`.* TO 'o''neil'@'%'",
            ]
        );
    }
}

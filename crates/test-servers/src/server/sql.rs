//! The SQL that a server runs when it starts.

use secrecy::ExposeSecret;

use super::{
    mariadb, mysql,
    options::{Account, Login, ServerOptions},
    quote::{identifier, text},
};
use crate::provision::Product;

/// The statements that make the database and the accounts, one a line, as
/// `--init-file` wants them.
pub(super) fn init_file(product: Product, options: &ServerOptions) -> String {
    let database = identifier(&options.database);
    let mut statements = vec![format!("CREATE DATABASE {database};\n")];
    for account in &options.accounts {
        let Account {
            user,
            login,
            administers,
        } = account;
        let user = format!("{}@'%'", text(user));
        let identified = match (product, login) {
            (Product::Mysql, Login::Entra(name)) => mysql::identified_by_plugin(name),
            (Product::Mysql, Login::Password(password)) => {
                mysql::identified_by_password(password.expose_secret())
            }
            (Product::Mariadb, Login::Entra(name)) => mariadb::identified_by_plugin(name),
            (Product::Mariadb, Login::Password(password)) => {
                mariadb::identified_by_password(password.expose_secret())
            }
        };
        statements.push(format!("CREATE USER {user} IDENTIFIED {identified};\n"));
        if *administers {
            statements.push(format!("GRANT ALL ON *.* TO {user} WITH GRANT OPTION;\n"));
            continue;
        }
        statements.push(format!("GRANT ALL ON {database}.* TO {user};\n"));
        // Test runners make a database of their own: Django calls it `test_` and the database's name.
        statements.push(format!("GRANT ALL ON `test\\_%`.* TO {user};\n"));
    }
    statements.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> ServerOptions {
        ServerOptions::new()
            .database("orders")
            .account("app", "AADSP:1:upn:app")
            .password_account("bench", "it's")
    }

    #[test]
    fn mysql_accounts_own_the_database() {
        assert_eq!(
            init_file(Product::Mysql, &options()),
            "CREATE DATABASE `orders`;\n\
             CREATE USER 'app'@'%' IDENTIFIED WITH aad_auth AS 'AADSP:1:upn:app';\n\
             GRANT ALL ON `orders`.* TO 'app'@'%';\n\
             GRANT ALL ON `test\\_%`.* TO 'app'@'%';\n\
             CREATE USER 'bench'@'%' IDENTIFIED WITH caching_sha2_password BY 'it''s';\n\
             GRANT ALL ON `orders`.* TO 'bench'@'%';\n\
             GRANT ALL ON `test\\_%`.* TO 'bench'@'%';\n"
        );
    }

    #[test]
    fn mariadb_accounts_own_the_database() {
        assert_eq!(
            init_file(Product::Mariadb, &options()),
            "CREATE DATABASE `orders`;\n\
             CREATE USER 'app'@'%' IDENTIFIED VIA aad_auth USING 'AADSP:1:upn:app';\n\
             GRANT ALL ON `orders`.* TO 'app'@'%';\n\
             GRANT ALL ON `test\\_%`.* TO 'app'@'%';\n\
             CREATE USER 'bench'@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD('it''s');\n\
             GRANT ALL ON `orders`.* TO 'bench'@'%';\n\
             GRANT ALL ON `test\\_%`.* TO 'bench'@'%';\n"
        );
    }
}

//! Django tab, user-assigned managed identity.

use std::env;

use diesel::{dsl::sql, insert_into, prelude::*, select, sql_query, sql_types::Text};
use token_source_diesel::{
    Connector,
    azure_mysql::{Environment, Identity, django},
};

diesel::table! {
    /// models.py: the visits to pages.
    django_visits (id) {
        /// Counts up.
        id -> Integer,
        /// Its path.
        page -> Varchar,
    }
}

#[derive(QueryableByName)]
struct Status {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // DATABASES["default"]: HOST, NAME and USER, as Service Connector set them
    let default = django::from_environment(&Environment::process())?;

    // user-assigned managed identity
    let client_id =
        env::var("AZURE_MYSQL_CLIENTID").map_err(|_| "AZURE_MYSQL_CLIENTID is not set")?;
    let default = default.with_identity(Identity::UserAssigned { client_id });

    // PASSWORD: a token, acquired for each new connection
    let mut connection = Connector::new(&default).blocking_connect()?;

    // migrate
    sql_query(
        "CREATE TABLE IF NOT EXISTS django_visits \
         (id INT PRIMARY KEY AUTO_INCREMENT, page VARCHAR(255) NOT NULL)",
    )
    .execute(&mut connection)?;

    // Visit.objects.create(page="/"), and back again
    insert_into(django_visits::table)
        .values(django_visits::page.eq("/"))
        .execute(&mut connection)?;
    let newest = django_visits::table.order(django_visits::id.desc());
    let page: String = newest.select(django_visits::page).first(&mut connection)?;
    assert_eq!(page, "/");

    let (user, version): (String, String) =
        select((sql::<Text>("CURRENT_USER()"), sql::<Text>("VERSION()"))).first(&mut connection)?;
    let tls: Status =
        sql_query("SHOW SESSION STATUS LIKE 'Ssl_version'").get_result(&mut connection)?;
    println!("logged in as {user} to {version} over {}", tls.value);
    Ok(())
}

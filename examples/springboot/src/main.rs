//! Spring Boot tab.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectOptions, ConnectionTrait, EntityTrait, Schema,
    Statement,
};
use token_source_sea_orm::{
    Database,
    azure_mysql::{Environment, springboot},
};

/// The entity that the tutorial's repository keeps.
mod todo {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "springboot_todo")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) description: String,
        pub(crate) done: bool,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // spring.datasource.*, as Service Connector set it
    let settings = springboot::from_environment(&Environment::process())?;

    // spring.datasource.azure.passwordless-enabled: it always is
    let database = Database::connect(&settings, ConnectOptions::new("mysql://")).await?;

    // schema.sql
    let backend = database.get_database_backend();
    let mut table = Schema::new(backend).create_table_from_entity(todo::Entity);
    database.execute(table.if_not_exists()).await?;

    let todo = todo::ActiveModel {
        description: Set("configuration".to_owned()),
        done: Set(true),
        ..Default::default()
    };
    let saved = todo.insert(&database).await?;
    let found = todo::Entity::find_by_id(saved.id).one(&database).await?;
    assert!(found.is_some_and(|todo| todo.done && todo.description == "configuration"));

    let ask = |sql| database.query_one_raw(Statement::from_string(backend, sql));
    let login = ask("SELECT CURRENT_USER(), VERSION()").await?;
    let (user, version): (String, String) = login.ok_or("no row")?.try_get_many_by_index()?;
    let status = ask("SHOW SESSION STATUS LIKE 'Ssl_version'").await?;
    let tls: String = status.ok_or("no row")?.try_get_by_index(1)?;
    println!("logged in as {user} to {version} over {tls}");
    Ok(())
}

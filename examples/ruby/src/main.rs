//! Ruby tab.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectOptions, ConnectionTrait, EntityTrait, Schema,
    Statement,
};
use token_source_sea_orm::{
    Database,
    azure_mysql::{Environment, ruby},
};

// class Post < ActiveRecord::Base
mod post {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "ruby_posts")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) title: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // host, database and username, as Service Connector set them
    let settings = ruby::from_environment(&Environment::process())?;

    // ActiveRecord::Base.establish_connection, with a token as the password
    let db = Database::connect(&settings, ConnectOptions::new("mysql://")).await?;

    // create_table :ruby_posts, if_not_exists: true
    let backend = db.get_database_backend();
    let mut table = Schema::new(backend).create_table_from_entity(post::Entity);
    db.execute(table.if_not_exists()).await?;

    // Post.create!, Post.find
    let title = Set("No password here".to_owned());
    let post = post::ActiveModel {
        title,
        ..Default::default()
    };
    let created = post.insert(&db).await?;
    let found = post::Entity::find_by_id(created.id).one(&db).await?;
    assert_eq!(found.ok_or("no such post")?.title, "No password here");

    let ask = |sql| db.query_one_raw(Statement::from_string(backend, sql));
    let login = ask("SELECT CURRENT_USER(), VERSION()").await?;
    let (user, version): (String, String) = login.ok_or("no row")?.try_get_many_by_index()?;
    let status = ask("SHOW SESSION STATUS LIKE 'Ssl_version'").await?;
    let tls: String = status.ok_or("no row")?.try_get_by_index(1)?;
    println!("logged in as {user} to {version} over {tls}");
    Ok(())
}

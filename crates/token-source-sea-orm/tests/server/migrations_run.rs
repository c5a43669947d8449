//! Migrations run as they do on sea-orm's own connection, wherever a real server answers SQL.

use sea_orm_migration::prelude::*;
use test_servers::ServerKind;
use token_source_sea_orm::sea_orm::{ActiveValue::Set, EntityTrait};

use crate::{database, own_env};

mod customer {
    use token_source_sea_orm::sea_orm::{self, entity::prelude::*};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "customers")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Customers)]
    }
}

struct Customers;

impl MigrationName for Customers {
    fn name(&self) -> &'static str {
        "m20261101_000001_customers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Customers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = ColumnDef::new("id")
            .integer()
            .not_null()
            .auto_increment()
            .primary_key()
            .to_owned();
        let name = ColumnDef::new("name").string().not_null().to_owned();
        let table = Table::create()
            .table("customers")
            .col(id)
            .col(name)
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("customers").to_owned();
        manager.drop_table(table).await
    }
}

#[tokio::test]
async fn up_once_and_down_again() {
    let env = own_env().await;
    let database = database(&env).await;
    if env.kind() == ServerKind::Embedded {
        let error = Migrator::up(&database, None).await.unwrap_err().to_string();
        assert!(error.contains("put a real server behind"), "{error}");
        return;
    }
    for _ in 0..2 {
        Migrator::up(&database, None).await.unwrap();
    }

    let ada = customer::ActiveModel {
        name: Set("Ada".to_owned()),
        ..Default::default()
    };
    customer::Entity::insert(ada).exec(&database).await.unwrap();
    let customers = customer::Entity::find().all(&database).await.unwrap();
    let names: Vec<_> = customers.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Ada"]);

    Migrator::down(&database, None).await.unwrap();
    customer::Entity::find().all(&database).await.unwrap_err();
}

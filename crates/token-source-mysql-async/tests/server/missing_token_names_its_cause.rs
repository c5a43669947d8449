//! Without a token the error says why there is none, where that is known.

use std::error::Error as _;

use token_source_mysql_async::{
    Connector, ErrorKind, Pool, PoolOptions,
    azure_mysql::{Identity, refusal::Cause},
    token_source::{self, IdentityProblem},
};

use crate::shared_env;

#[tokio::test]
async fn from_a_connector_and_from_a_pool() {
    let env = shared_env().await;
    let settings = env.settings().with_identity(Identity::UserAssigned {
        client_id: "99999999-9999-4999-8999-999999999999".to_owned(),
    });
    let connector = Connector::new(&settings);
    let direct = connector.connect().await.unwrap_err();
    let pooled = Pool::new(connector, PoolOptions::default())
        .get_conn()
        .await
        .unwrap_err();
    for error in [direct, pooled] {
        assert_eq!(error.kind(), ErrorKind::Token, "{error}");
        let cause = error.refusal().unwrap().cause();
        assert_eq!(cause, Cause::NoSuchIdentity, "{error}");
        let says = "no such managed identity; assign the identity 99999999-9999";
        assert!(error.to_string().contains(says), "{error}");
        let source = error.source().unwrap();
        let source: &token_source::Error = source.downcast_ref().unwrap();
        let problem = source.identity_problem();
        assert_eq!(problem, Some(IdentityProblem::NotAssigned), "{source}");
    }
}

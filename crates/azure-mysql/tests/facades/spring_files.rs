//! Spring Boot's files are read as Spring reads them, behind the environment.

use azure_mysql::{Environment, Error, Settings, springboot};

use crate::grammar::connection;

fn properties(text: &str) -> Result<Settings, Error> {
    springboot::from_properties(text, &Environment::default())
}

fn yaml(text: &str) -> Result<Settings, Error> {
    springboot::from_yaml(text, &Environment::default())
}

#[test]
fn a_properties_file_is_read_with_its_comments_escapes_and_continued_lines() {
    for text in [
        "spring.datasource.url=jdbc:mysql://h/d\nspring.datasource.username=u\n",
        "spring.datasource.url = jdbc:mysql://h/d\r\nspring.datasource.username = u\r\n",
        "spring.datasource.url: jdbc:mysql://h/d\nspring.datasource.username: u",
        "spring.datasource.url jdbc:mysql://h/d\nspring.datasource.username u",
        "# a comment\n! another\n\nspring.datasource.url=jdbc:mysql://h/d\n  spring.datasource.username=u",
        "spring.datasource.url=jdbc:mysql\\://h/d\nspring.datasource.username=\\u0075",
        "spring.datasource.url=jdbc:mysql://h\\\n    /d\nspring.datasource.username=u",
        "spring.datasource.url=jdbc:mysql://x/d\nspring.datasource.url=jdbc:mysql://h/d\nspring.datasource.username=u",
        "SPRING.DATASOURCE.URL=jdbc:mysql://h/d\nspring.datasource.userName=u",
        "spring.datasource.url=jdbc:mysql://h/d\nspring.datasource.username=u\nserver.port=8080\nlogging.level.root=info",
        "db=h\nspring.datasource.url=jdbc:mysql://${db}/d\nspring.datasource.username=${NONE:u}",
        "spring.datasource.url=jdbc:mysql://h/d\n#---\nspring.datasource.username=u",
        "spring.datasource.url=jdbc:mysql://h/d\nspring.datasource.username=u\n#---\nspring.config.activate.on-profile=test\nspring.datasource.url=jdbc:mysql://x/d",
    ] {
        let settings = properties(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(connection(&settings), "u@h:3306/d", "{text}");
    }
}

#[test]
fn a_yaml_file_is_read_nested_flat_and_in_documents() {
    for text in [
        "spring:\n  datasource:\n    url: jdbc:mysql://h/d\n    username: u\n",
        "spring.datasource.url: jdbc:mysql://h/d\nspring.datasource.username: u\n",
        "spring:\n  datasource.url: 'jdbc:mysql://h/d'\n  datasource.username: \"u\"\n",
        "spring: {datasource: {url: 'jdbc:mysql://h/d', username: u}}",
        "# a comment\n---\nspring:\n  datasource: &x\n    url: jdbc:mysql://h/d\n    username: u\nother: *x\n",
        "server:\n  port: 8080\nspring:\n  profiles.active: [a, b]\n  datasource:\n    url: jdbc:mysql://h/d\n    user-name: u\n",
        "spring:\n  datasource:\n    url: jdbc:mysql://x/d\n    username: u\n---\nspring.datasource.url: jdbc:mysql://h/d\n",
        "spring:\n  datasource:\n    url: jdbc:mysql://h/d\n    username: u\n---\nspring:\n  config:\n    activate:\n      on-profile: test\n  datasource:\n    url: jdbc:mysql://x/d\n",
        "db: h\nspring:\n  datasource:\n    url: jdbc:mysql://${db}/d\n    username: ${NONE:u}\n",
    ] {
        let settings = yaml(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(connection(&settings), "u@h:3306/d", "{text}");
    }
}

#[test]
fn yaml_values_stay_as_they_are_written() {
    let settings = yaml(
        "spring:
  datasource: {url: 'jdbc:mysql://h/d', username: 007}
  cloud.azure.credential: {client-id: 11111111-1111-4111-8111-111111111111, client-secret: 0x10, tenant-id: 1.50}
",
    )
    .unwrap();
    assert_eq!(settings.user(), "007");
    assert_eq!(settings.identity().tenant_id(), Some("1.50"));
    for user in ["1e3", "no", "0x10", "null"] {
        let text = format!("spring.datasource: {{url: 'jdbc:mysql://h/d', username: {user}}}");
        assert_eq!(yaml(&text).unwrap().user(), user);
    }
}

#[test]
fn the_environment_goes_before_the_file() {
    let environment = Environment::from_iter([
        ("SPRING_DATASOURCE_URL", "jdbc:mysql://h/d"),
        ("DB_USER", "u"),
    ]);
    let file = "spring.datasource.url=jdbc:mysql://x/d\nspring.datasource.username=${DB_USER}";
    let settings = springboot::from_properties(file, &environment).unwrap();
    assert_eq!(connection(&settings), "u@h:3306/d");
}

#[test]
fn what_cannot_be_read_is_an_error_that_shows_nothing_of_the_text() {
    for (error, name) in [
        (properties("a=\\ucanary"), "application.properties"),
        (yaml("spring: [canary"), "application.yml"),
        (yaml("a: canary\na: b"), "application.yml"),
        (yaml("%canary"), "application.yml"),
        (properties(""), "spring.datasource.url"),
        (yaml(""), "spring.datasource.url"),
        (yaml("just text"), "spring.datasource.url"),
        (
            properties("spring.datasource.url=jdbc:mysql://h\nspring.datasource.password=canary"),
            "spring.datasource.password",
        ),
        (
            yaml("spring.datasource: {url: 'jdbc:mysql://h', password: canary}"),
            "spring.datasource.password",
        ),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.name(), name, "{error}");
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
    }
}

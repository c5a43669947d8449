use std::{
    collections::HashMap,
    iter::successors,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::net::TcpListener;

use super::*;
use crate::entra::probe::TIME_LIMIT;

const SCOPE: &str = "https://vault.azure.net/.default";

/// Fails with each of these errors in turn, then gives tokens.
struct Fails {
    errors: Vec<Error>,
    calls: Arc<AtomicUsize>,
}

#[async_trait]
impl TokenSource for Fails {
    async fn fetch(&self) -> Result<Token, Error> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        match self.errors.get(call) {
            Some(error) => Err(error.clone()),
            None => Ok(Token::new(
                "secret",
                SystemTime::now() + Duration::from_secs(60),
            )),
        }
    }
}

fn link(kind: CredentialKind, errors: &[Error]) -> (Link, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let source = Fails {
        errors: errors.to_vec(),
        calls: Arc::clone(&calls),
    };
    let link = Link {
        kind,
        source: Ok(Box::new(source)),
        probe: None,
    };
    (link, calls)
}

fn chain(links: Vec<Link>) -> Chain {
    Chain {
        links,
        pinned: OnceLock::new(),
    }
}

fn chain_in(variables: &[(&str, &str)]) -> Chain {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    let variable = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    Chain::from_variables(
        &Cloud::PUBLIC,
        SCOPE,
        CredentialKind::DEFAULT_ORDER,
        variable,
    )
}

fn calls(count: &AtomicUsize) -> usize {
    count.load(Ordering::Relaxed)
}

fn unavailable(message: &str) -> Error {
    Error::new(ErrorKind::CredentialUnavailable, message)
}

fn causes(error: &Error) -> Vec<String> {
    successors(StdError::source(error), |&cause| cause.source())
        .map(ToString::to_string)
        .collect()
}

#[tokio::test]
async fn first_working_credential_is_kept_even_if_it_fails_later() {
    let later = Error::new(ErrorKind::Refused, "refused later");
    let (first, first_calls) = link(CredentialKind::Environment, &[unavailable("not there")]);
    let (second, second_calls) = link(CredentialKind::AzureCli, &[]);
    let chain = chain(vec![first, second]);

    chain.fetch().await.unwrap();
    chain.fetch().await.unwrap();
    assert_eq!((calls(&first_calls), calls(&second_calls)), (1, 2));
    assert!(format!("{chain:?}").contains("Some(AzureCli)"), "{chain:?}");

    let (only, only_calls) = link(CredentialKind::AzureCli, &[]);
    let (other, other_calls) = link(CredentialKind::AzureDeveloperCli, &[]);
    let chain = Chain {
        links: vec![only, other],
        pinned: OnceLock::from(0),
    };
    chain.fetch().await.unwrap();
    assert_eq!((calls(&only_calls), calls(&other_calls)), (1, 0));

    let (broken, _) = link(CredentialKind::AzureCli, &[later]);
    let (other, other_calls) = link(CredentialKind::AzureDeveloperCli, &[]);
    let chain = Chain {
        links: vec![broken, other],
        pinned: OnceLock::from(0),
    };
    let error = chain.fetch().await.unwrap_err();
    assert_eq!(error.to_string(), "refused later");
    assert_eq!(calls(&other_calls), 0);
}

#[tokio::test]
async fn failing_credential_ends_the_attempt() {
    let refused = Error::from(Details {
        entra_code: Some(7),
        ..Details::of(CredentialKind::ClientSecret, ErrorKind::Refused, "wrong")
    });
    for error in [
        refused,
        Error::new(ErrorKind::Transport, "down"),
        Error::new(ErrorKind::Configuration, "half"),
        Error::new(ErrorKind::MalformedResponse, "garbage"),
        Error::new(ErrorKind::Timeout, "late"),
    ] {
        let absent = unavailable("not there");
        let (first, _) = link(CredentialKind::Environment, &[absent.clone(), absent]);
        let (second, second_calls) = link(
            CredentialKind::WorkloadIdentity,
            std::slice::from_ref(&error),
        );
        let (third, third_calls) = link(CredentialKind::ManagedIdentity, &[]);
        let chain = chain(vec![first, second, third]);

        let told = chain.fetch().await.unwrap_err();
        assert_eq!(told.kind(), error.kind());
        assert_eq!(told.entra_code(), error.entra_code());
        assert!(told.to_string().starts_with(&error.to_string()), "{told}");
        assert_eq!(told.credential(), error.credential());
        assert_eq!(causes(&told), ["not there"]);
        assert_eq!(calls(&third_calls), 0);

        chain.fetch().await.unwrap();
        assert_eq!(calls(&second_calls), 2, "the next fetch tries it again");
    }
}

#[tokio::test]
async fn each_missing_credential_is_a_cause() {
    let io = std::io::Error::other("no such program");
    let with_cause = Error::with_source(ErrorKind::CredentialUnavailable, "third", io);
    let (first, _) = link(CredentialKind::Environment, &[unavailable("first")]);
    let (second, _) = link(CredentialKind::AzureCli, &[unavailable("second")]);
    let (third, _) = link(CredentialKind::AzureDeveloperCli, &[with_cause]);

    let error = chain(vec![first, second, third]).fetch().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    let text = error.to_string();
    assert!(
        text.contains("environment, Azure CLI, Azure Developer CLI") && !text.contains('\n'),
        "{text}"
    );
    assert_eq!(
        causes(&error),
        ["first", "second", "third", "no such program"]
    );
}

#[tokio::test]
async fn empty_chain_is_a_configuration_error() {
    let error = Chain::of(&Cloud::PUBLIC, SCOPE, [])
        .fetch()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test(start_paused = true)]
async fn outside_azure_managed_identity_is_skipped_within_1500_ms() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", silent.local_addr().unwrap());
    let (mut managed_identity, asked) = link(CredentialKind::ManagedIdentity, &[]);
    managed_identity.probe = Some(Probe::at(&address, TIME_LIMIT));
    let (az, _) = link(CredentialKind::AzureCli, &[]);
    let chain = chain(vec![managed_identity, az]);

    let start = tokio::time::Instant::now();
    chain.fetch().await.unwrap();
    assert!(start.elapsed() <= Duration::from_millis(1_500));
    assert_eq!(calls(&asked), 0);

    let start = tokio::time::Instant::now();
    chain.fetch().await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO, "once pinned, nobody asks");
}

#[tokio::test]
async fn pinned_managed_identity_is_not_probed_again() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    let (mut managed_identity, asked) = link(CredentialKind::ManagedIdentity, &[]);
    managed_identity.probe = Some(Probe::at(&address, TIME_LIMIT));
    let chain = Chain {
        links: vec![managed_identity],
        pinned: OnceLock::from(0),
    };
    chain.fetch().await.unwrap();
    assert_eq!(calls(&asked), 1);
}

#[test]
fn order_is_the_given_one() {
    let members = |chain: &Chain| -> Vec<CredentialKind> {
        chain.links.iter().map(|link| link.kind).collect()
    };
    assert_eq!(
        members(&Chain::new(&Cloud::PUBLIC, SCOPE)),
        CredentialKind::DEFAULT_ORDER
    );
    let chosen = [CredentialKind::AzureCli, CredentialKind::Environment];
    assert_eq!(members(&Chain::of(&Cloud::PUBLIC, SCOPE, chosen)), chosen);
}

#[test]
fn metadata_service_is_probed_unless_variables_name_another_endpoint() {
    let (endpoint, header) = (("IDENTITY_ENDPOINT", "x"), ("IDENTITY_HEADER", "x"));
    for (variables, looks) in [
        (vec![], true),
        (vec![endpoint], true),
        (vec![header], true),
        (vec![endpoint, header], false),
        // Set is set, to the SDK.
        (vec![endpoint, ("IDENTITY_HEADER", "")], false),
    ] {
        let chain = chain_in(&variables);
        let probes = chain.links.iter().filter(|link| link.probe.is_some());
        assert_eq!(probes.count(), usize::from(looks), "{variables:?}");
    }
}

#[test]
fn variables_decide_which_credentials_exist() {
    use ErrorKind::{Configuration, CredentialUnavailable};
    const ENVIRONMENT: usize = 0;
    const WORKLOAD_IDENTITY: usize = 1;
    let (tenant, client) = (("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"));
    let secret = ("AZURE_CLIENT_SECRET", "canary");
    let file = ("AZURE_FEDERATED_TOKEN_FILE", "/nowhere");
    for (variables, index, expected) in [
        (vec![], ENVIRONMENT, Some(CredentialUnavailable)),
        (
            vec![tenant, client],
            ENVIRONMENT,
            Some(CredentialUnavailable),
        ),
        (vec![tenant, client, secret], ENVIRONMENT, None),
        (vec![tenant, secret], ENVIRONMENT, Some(Configuration)),
        (vec![client, secret], ENVIRONMENT, Some(Configuration)),
        (
            vec![tenant, client, ("AZURE_CLIENT_SECRET", "")],
            ENVIRONMENT,
            Some(CredentialUnavailable),
        ),
        (
            vec![client, ("AZURE_CLIENT_CERTIFICATE_PATH", "/nowhere")],
            ENVIRONMENT,
            Some(Configuration),
        ),
        (
            vec![tenant, client],
            WORKLOAD_IDENTITY,
            Some(CredentialUnavailable),
        ),
        (vec![tenant, client, file], WORKLOAD_IDENTITY, None),
        (vec![tenant, file], WORKLOAD_IDENTITY, Some(Configuration)),
    ] {
        let chain = chain_in(&variables);
        let error = chain.links[index].source.as_ref().err();
        assert_eq!(error.map(Error::kind), expected, "{variables:?}");
        assert!(!format!("{chain:?} {error:?}").contains("canary"));
    }
}

#[tokio::test]
async fn unusable_certificate_is_not_skipped() {
    let chain = chain_in(&[
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "/nowhere.pem"),
    ]);
    let error = chain.fetch().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    let needle = if cfg!(feature = "client-certificate") {
        "/nowhere.pem"
    } else {
        "feature client-certificate"
    };
    assert!(error.to_string().contains(needle), "{error}");
}

//! Nothing can be reached from other machines. An address that could be is an error before anything
//! starts; Azure's own is accepted only in a network namespace.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use azure_mysql_emulator::{Emulator, Error, Platform, Principal};

use super::{IMDS, builder_with, client};

const AZURES_OWN: &str = "169.254.169.254:80";

async fn start_at(address: &str) -> Result<Emulator, Error> {
    start_with(&[Principal::system_assigned("aad_system")], address).await
}

async fn start_with(principals: &[Principal], address: &str) -> Result<Emulator, Error> {
    let builder = builder_with(principals).platform(Platform::VirtualMachine);
    builder.imds_address(address.parse().unwrap()).start().await
}

#[tokio::test]
async fn reachable_address_is_an_error_that_names_it() {
    for address in [
        "0.0.0.0:0",
        "[::]:0",
        "10.0.0.4:0",
        "169.254.1.1:80",
        "[fe80::1]:0",
        "[::ffff:10.0.0.4]:0",
    ] {
        let error = start_at(address).await.unwrap_err().to_string();
        let ip = address.parse::<SocketAddr>().unwrap().ip().to_canonical();
        assert!(
            error.contains(&format!("{ip} is not a loopback")),
            "{error}"
        );
    }
    // This test's network has other interfaces than loopback, or not this address.
    let error = start_at(AZURES_OWN).await.unwrap_err().to_string();
    assert!(error.contains("unshare --net"), "{error}");

    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = start_at(&address).await.unwrap_err().to_string();
    assert!(error.contains(&address), "{error}");
}

#[tokio::test]
async fn any_loopback_address_is_accepted() {
    let mut addresses = vec!["127.0.0.1:0", "127.9.9.9:0"];
    // A machine may have no IPv6.
    if TcpListener::bind("[::1]:0").is_ok() {
        addresses.push("[::1]:0");
    }
    for address in addresses {
        let emulator = start_at(address).await.unwrap();
        let endpoint = reqwest::Url::parse(&emulator.imds_endpoint()).unwrap();
        let ip = address.parse::<SocketAddr>().unwrap().ip();
        let host = endpoint.host_str().unwrap().trim_matches(['[', ']']);
        assert_eq!(host.parse::<IpAddr>().unwrap(), ip);
        let request = client(&emulator).get(endpoint).query(&IMDS);
        let response = request.header("Metadata", "true").send().await.unwrap();
        assert!(response.status().is_success(), "{address}");
    }
}

#[cfg(target_os = "linux")]
mod in_a_namespace {
    use std::{env, process::Command};

    use azure_core::credentials::TokenCredential;
    use azure_identity::{
        ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    };

    use super::{
        super::{
            SCOPE,
            namespace::{is_inside, run_in_namespace},
        },
        AZURES_OWN, Principal, start_at, start_with,
    };

    /// Set in the process that plays the program: the identity's resource id, or nothing.
    const PROGRAM: &str = "EMULATOR_TEST_PROGRAM";

    /// The test harness's name of a test in this module.
    fn full_name(test: &str) -> String {
        let (_, module) = module_path!().split_once("::").unwrap();
        format!("{module}::{test}")
    }

    async fn play_the_program(resource_id: String) {
        let user_assigned_id =
            (!resource_id.is_empty()).then_some(UserAssignedId::ResourceId(resource_id));
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id,
            ..ManagedIdentityCredentialOptions::default()
        };
        let credential = ManagedIdentityCredential::new(Some(options)).unwrap();
        credential.get_token(&[SCOPE], None).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn unmodified_credential_finds_the_metadata_service() {
        let name = "unmodified_credential_finds_the_metadata_service";
        if let Ok(resource_id) = env::var(PROGRAM) {
            return play_the_program(resource_id).await;
        }
        if !is_inside() {
            return run_in_namespace(&full_name(name));
        }
        let system = Principal::system_assigned("aad_system");
        let user_assigned = Principal::user_assigned("aad_user");
        let both = [system.clone(), user_assigned.clone()];
        let emulator = start_with(&both, AZURES_OWN).await.unwrap();
        let endpoint = "http://169.254.169.254:80/metadata/identity/oauth2/token";
        assert_eq!(emulator.imds_endpoint(), endpoint);

        for identity in ["", user_assigned.resource_id().unwrap()] {
            let output = Command::new(env::current_exe().unwrap())
                .args(["--exact", &full_name(name)])
                .env_clear()
                .envs(emulator.platform_environment())
                .env(PROGRAM, identity)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
        }

        assert_eq!(emulator.tokens_issued_to(&system), 1);
        assert_eq!(emulator.tokens_issued_to(&user_assigned), 1);
        assert_eq!(emulator.counters().imds, 2);
    }

    #[tokio::test]
    async fn azures_own_address_is_refused_where_another_interface_is_up() {
        if !is_inside() {
            let name = "azures_own_address_is_refused_where_another_interface_is_up";
            return run_in_namespace(&full_name(name));
        }
        let ip = |arguments: &str| {
            let status = Command::new("ip").args(arguments.split(' ')).status();
            assert!(status.unwrap().success(), "ip {arguments}");
        };
        let refusal = async || start_at(AZURES_OWN).await.unwrap_err().to_string();
        start_at(AZURES_OWN).await.unwrap().stop().await;

        ip("link add outside type veth peer name other");
        start_at(AZURES_OWN).await.unwrap().stop().await;
        ip("link set outside up");
        let error = refusal().await;
        assert!(error.contains("the interface outside is up"), "{error}");

        ip("link delete outside");
        ip("address delete 169.254.169.254/32 dev lo");
        let error = refusal().await;
        assert!(error.contains("does not have it"), "{error}");
    }
}

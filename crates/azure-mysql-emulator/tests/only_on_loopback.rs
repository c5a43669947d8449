//! Nothing can be reached from outside: an address that could be is an error before anything starts.

mod common;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use azure_mysql_emulator::{Emulator, Error, Principal};
use common::{RESOURCE, client};

async fn start_at(address: &str) -> Result<Emulator, Error> {
    Emulator::builder()
        .principal(Principal::system_assigned("aad_system"))
        .imds_address(address.parse().unwrap())
        .start()
        .await
}

#[tokio::test]
async fn an_address_that_others_reach_is_refused_by_name() {
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
}

/// This test's network is not the loopback interface alone, or has not this address.
#[tokio::test]
async fn azures_own_address_is_refused_outside_a_namespace_of_its_own() {
    let error = start_at("169.254.169.254:80")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("unshare --net"), "{error}");
}

#[tokio::test]
async fn any_loopback_address_is_taken() {
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
        let response = client(&emulator)
            .get(endpoint)
            .query(&[("resource", RESOURCE), ("api-version", "2018-02-01")])
            .header("Metadata", "true")
            .send()
            .await
            .unwrap();
        assert!(response.status().is_success(), "{address}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_that_names_it() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = start_at(&address).await.unwrap_err().to_string();
    assert!(error.contains(&address), "{error}");
}

use std::net::SocketAddr;

use super::imds::AZURE_ADDRESS;
use crate::Error;

/// Refuses an address for the metadata service at which other machines could reach it.
pub(crate) fn validate(address: SocketAddr) -> Result<(), Error> {
    let ip = address.ip().to_canonical();
    if ip.is_loopback() {
        return Ok(());
    }
    if ip == AZURE_ADDRESS {
        return check_namespace();
    }
    Err(Error::new(format!(
        "the metadata service must not be reachable from other machines, and {ip} is not a loopback \
         address: use one of 127.0.0.0/8 or ::1"
    )))
}

/// Linux answers on each interface for the addresses of all of them. So Azure's own address is safe
/// only where no interface but the loopback is up.
#[cfg(target_os = "linux")]
fn check_namespace() -> Result<(), Error> {
    use nix::{ifaddrs::getifaddrs, net::if_::InterfaceFlags};

    let mut is_assigned = false;
    let interfaces = getifaddrs()
        .map_err(|cause| Error::caused_by("could not list the network interfaces", cause))?;
    for interface in interfaces {
        if !interface.flags.contains(InterfaceFlags::IFF_LOOPBACK) {
            if interface.flags.contains(InterfaceFlags::IFF_UP) {
                return Err(only_in_a_namespace(&format!(
                    "the interface {} is up",
                    interface.interface_name
                )));
            }
            continue;
        }
        let ip = interface
            .address
            .and_then(|address| Some(address.as_sockaddr_in()?.ip()));
        is_assigned |= ip.is_some_and(|ip| ip == AZURE_ADDRESS);
    }
    if is_assigned {
        Ok(())
    } else {
        Err(only_in_a_namespace(
            "the loopback interface does not have it",
        ))
    }
}

#[cfg(not(target_os = "linux"))]
fn check_namespace() -> Result<(), Error> {
    Err(only_in_a_namespace("this system has no such namespaces"))
}

fn only_in_a_namespace(why: &str) -> Error {
    Error::new(format!(
        "the metadata service can use {AZURE_ADDRESS} only in a Linux network namespace with \
         nothing but a loopback interface that has this address, and {why}: run `unshare --net`, \
         then `ip link set lo up` and `ip addr add {AZURE_ADDRESS}/32 dev lo`"
    ))
}

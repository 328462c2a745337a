//! At which addresses others reach this machine.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use if_addrs::{IfAddr, IfOperStatus, Interface};

/// Networks between programs of one machine, in which nobody else is.
const INTERNAL: [&str; 7] = ["docker", "br-", "veth", "virbr", "vmnet", "vEthernet", "lxc"];

/// This machine's addresses on networks that are up, the likeliest first.
pub(crate) fn of_this_machine() -> Vec<IpAddr> {
    match if_addrs::get_if_addrs() {
        Ok(interfaces) => likeliest_first(&interfaces),
        Err(error) => {
            tracing::warn!(%error, "which networks there are is not known");
            Vec::new()
        }
    }
}

fn likeliest_first(interfaces: &[Interface]) -> Vec<IpAddr> {
    let mut found: Vec<(u8, IpAddr)> = interfaces
        .iter()
        .filter(|interface| !interface.is_loopback() && interface.oper_status != IfOperStatus::Down)
        .filter_map(|interface| match interface.ip() {
            // A hub listens on IPv4: a phone's hotspot and an office network give every guest such an address.
            IpAddr::V4(ip) => Some((likelihood(interface, ip), IpAddr::V4(ip))),
            IpAddr::V6(_) => None,
        })
        .collect();
    found.sort_by_key(|(likelihood, ip)| (Reverse(*likelihood), *ip));
    found.into_iter().map(|(_, ip)| ip).collect()
}

/// Puts what is on a network of this machine before what is not: a device that is told of many looks at the first.
pub(crate) fn nearest_first(found: &mut [SocketAddr]) {
    let own = if_addrs::get_if_addrs().unwrap_or_default();
    sort_by_nearness(&own, found);
}

fn sort_by_nearness(own: &[Interface], found: &mut [SocketAddr]) {
    let is_near = |ip: Ipv4Addr| {
        own.iter().any(|interface| match &interface.addr {
            IfAddr::V4(on) => ip.to_bits() & on.netmask.to_bits() == on.ip.to_bits() & on.netmask.to_bits(),
            IfAddr::V6(_) => false,
        })
    };
    found.sort_by_key(|address| match address.ip() {
        IpAddr::V4(ip) => (!is_near(ip), !ip.is_private(), *address),
        IpAddr::V6(_) => (true, true, *address),
    });
}

fn likelihood(interface: &Interface, ip: Ipv4Addr) -> u8 {
    let internal = INTERNAL.iter().any(|name| interface.name.starts_with(name));
    match (internal || interface.is_p2p, ip.is_private(), ip.is_link_local()) {
        (true, _, _) => 0,
        (false, true, _) => 3,
        (false, false, true) => 2,
        (false, false, false) => 1,
    }
}

#[cfg(test)]
mod tests {
    use if_addrs::Ifv4Addr;

    use super::*;

    fn interface(name: &str, ip: [u8; 4], oper_status: IfOperStatus, is_p2p: bool) -> Interface {
        Interface {
            name: name.to_owned(),
            addr: IfAddr::V4(Ifv4Addr {
                ip: ip.into(),
                netmask: [255, 255, 255, 0].into(),
                prefixlen: 24,
                broadcast: None,
            }),
            index: None,
            oper_status,
            is_p2p,
            #[cfg(windows)]
            adapter_name: String::new(),
        }
    }

    #[test]
    fn an_address_on_the_network_of_the_table_comes_before_any_that_somebody_makes_up() {
        let own = [interface("wlan0", [192, 168, 43, 21], IfOperStatus::Up, false)];
        let mut found: Vec<SocketAddr> = (1..=9)
            .map(|last| SocketAddr::from(([1, 0, 0, last], 80)))
            .collect();
        found.push(SocketAddr::from(([10, 0, 0, 1], 80)));
        found.push(SocketAddr::from(([192, 168, 43, 7], 80)));
        sort_by_nearness(&own, &mut found);
        assert_eq!(found[0], SocketAddr::from(([192, 168, 43, 7], 80)));
        assert_eq!(found[1], SocketAddr::from(([10, 0, 0, 1], 80)));
    }

    #[test]
    fn the_network_of_the_table_comes_before_tunnels_and_machines_within_the_machine() {
        let up = || IfOperStatus::Up;
        let interfaces = [
            interface("docker0", [172, 17, 0, 1], up(), false),
            interface("tun0", [10, 8, 0, 2], up(), true),
            interface("wlan0", [192, 168, 43, 7], up(), false),
            interface("lo", [127, 0, 0, 1], up(), false),
            interface("eth1", [192, 168, 1, 9], IfOperStatus::Down, false),
            interface("usb0", [169, 254, 3, 4], up(), false),
        ];
        let found: Vec<String> = likeliest_first(&interfaces)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, ["192.168.43.7", "169.254.3.4", "10.8.0.2", "172.17.0.1"]);
    }
}

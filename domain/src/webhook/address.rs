//! Where a webhook may go: to a public host over TLS. Whoever holds a key must not make the deployment call what only it
//! can reach.
//!
//! What a name resolves to is not known here. The Worker runs outside of every private network, so that a public name with
//! a private address leads nowhere.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::Invalid;

/// Names that lead to the machine itself or into somebody's own network, and all below them.
const PRIVATE_NAMES: [&str; 10] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
];

/// IANA's registry of special addresses, and what is beyond unicast: each block with the bits that its addresses share.
const SPECIAL: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// May events be sent to this address? With `allow_private`, which a developer's machine sets, over HTTP and to any host.
pub fn check(url: &str, allow_private: bool) -> Result<(), Invalid> {
    let fault = |reason| Err(Invalid::new("url", reason));
    let is_plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\');
    if url.len() > 2_048 || !url.bytes().all(is_plain) {
        return fault(
            "url must be an address of at most 2048 ASCII characters, such as https://shop.example/webhooks",
        );
    }
    let secure = url.strip_prefix("https://");
    let Some(rest) = secure.or_else(|| url.strip_prefix("http://").filter(|_| allow_private)) else {
        return fault("url must begin with https://");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A client decodes `%6c`, so that a name could hide behind it.
    if authority.contains(['@', '%']) {
        return fault("url must hold neither a user nor a password, and its host nothing encoded");
    }
    let Some((host, port)) = host_and_port(authority) else {
        return fault("url must have a host, and behind a colon a port");
    };
    if port.is_some_and(|port| {
        !port.bytes().all(|b| b.is_ascii_digit()) || !matches!(port.parse::<u16>(), Ok(1..))
    }) {
        return fault("url must have a port from 1 to 65535, or none");
    }
    if allow_private || is_public(host) {
        Ok(())
    } else {
        fault("url must lead to a public host, by its full name or its usual address")
    }
}

fn host_and_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let bracket = authority.find(']').unwrap_or(0);
    let (host, port) = match authority.get(bracket..)?.find(':') {
        Some(colon) => {
            let (host, port) = authority.split_at_checked(bracket.checked_add(colon)?)?;
            (host, port.get(1..))
        }
        None => (authority, None),
    };
    (!host.is_empty()).then_some((host, port))
}

fn is_public(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse().is_ok_and(is_public_v6);
    }
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let last = host.rsplit('.').next().unwrap_or_default();
    // A client reads a host that ends in a number as an address, in any base and with any number of parts: `0x7f.1`,
    // `2130706433`, `0177.0.0.1`. Only the usual spelling is taken.
    let is_number = last.bytes().all(|b| b.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if is_number {
        return host.parse().is_ok_and(is_public_v4);
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    let is_within =
        |name: &str| host.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    host.contains('.')
        && host.len() <= 253
        && host.split('.').all(is_label)
        && !PRIVATE_NAMES.iter().any(|name| is_within(name))
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_in = |(block, bits): &([u8; 4], u32)| {
        let differ = u32::from(address) ^ u32::from_be_bytes(*block);
        differ.leading_zeros() >= *bits
    };
    !SPECIAL.iter().any(is_in)
}

/// Global unicast, without what is documentation or leads to an IPv4 address inside.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first >> 13 == 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_hosts_over_tls_are_called() {
        for url in [
            "https://shop.example",
            "https://shop.example/",
            "https://hooks.shop.example:8443/a/b?key=value",
            "https://Shop.Example./x",
            "https://xn--bcher-kva.example/",
            "https://8.8.8.8/",
            "https://172.32.0.1/",
            "https://100.128.0.1/",
            "https://[2606:4700:4700::1111]/",
            "https://[2606:4700:4700::1111]:8443/",
            "https://localhost.shop.example/",
            "https://notlocal.example/",
        ] {
            assert_eq!(check(url, false), Ok(()), "{url}");
        }
    }

    #[test]
    fn nothing_that_only_the_deployment_could_reach_is_called() {
        for url in [
            // Not over TLS, or no address at all.
            "http://shop.example/",
            "HTTPS://shop.example/",
            "ftp://shop.example/",
            "//shop.example/",
            "javascript:alert(1)",
            "https://",
            "https:///path",
            "https://:443/",
            "https://shop.example:/",
            "https://shop.example:0/",
            "https://shop.example:65536/",
            "https://shop.example:+80/",
            "https://shop.example:80:80/",
            "https://shop.example/\r\nHost: x",
            "https://shop.example/ x",
            "https://shop.example\\@localhost/",
            "https://sh\u{f6}p.example/",
            // Somebody's name before the host.
            "https://user@shop.example/",
            "https://user:password@shop.example/",
            "https://shop.example@127.0.0.1/",
            "https://shop.example%40localhost/",
            "https://%6c%6fcalhost/",
            // Names of this machine or of a private network.
            "https://localhost/",
            "https://LOCALHOST/",
            "https://localhost./",
            "https://api.localhost/",
            "https://printer.local/",
            "https://metadata.google.internal/computeMetadata/v1/",
            "https://nas.home.arpa/",
            "https://router.lan/",
            "https://metadata/",
            "https://intranet:8443/",
            "https://shop..example/",
            "https://.shop.example/",
            "https://shop.example../",
            "https://-/",
            "https://./",
            // Addresses of this machine or of a private network, however they are written.
            "https://127.0.0.1/",
            "https://127.0.0.1./",
            "https://127.1/",
            "https://127.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.0.0.1/",
            "https://0X7F.1/",
            "https://0177.0.0.1/",
            "https://017700000001/",
            "https://shop.example.0x/",
            "https://1.2.3.256/",
            "https://0.0.0.0/",
            "https://0/",
            "https://10.0.0.1/",
            "https://100.64.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://172.16.0.1/",
            "https://172.31.255.255/",
            "https://192.0.0.192/",
            "https://192.0.2.1/",
            "https://192.168.1.1/",
            "https://198.18.0.1/",
            "https://198.51.100.7/",
            "https://203.0.113.7/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::1]:8443/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:8.8.8.8]/",
            "https://[::ffff:7f00:1]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[64:ff9b:1::1]/",
            "https://[100::1]/",
            "https://[fc00::1]/",
            "https://[fd12:3456::1]/",
            "https://[fe80::1]/",
            "https://[fe80::1%25eth0]/",
            "https://[fec0::1]/",
            "https://[ff02::1]/",
            "https://[2001::1]/",
            "https://[2001:db8::1]/",
            "https://[2002:7f00:1::]/",
            "https://[3fff::1]/",
            "https://[::1/",
            "https://::1/",
            "https://[shop.example]/",
        ] {
            assert!(check(url, false).is_err_and(|invalid| invalid.field == "url"), "{url}");
        }
        let long = ["https://shop.example/", &"a".repeat(2_048)].concat();
        assert!(check(&long, false).is_err());
    }

    #[test]
    fn a_developers_machine_may_call_itself() {
        for (url, expected) in [
            ("http://127.0.0.1:9000/", true),
            ("http://localhost:9000/hook", true),
            ("https://[::1]:9000/", true),
            ("http://user@127.0.0.1/", false),
            ("http://127.0.0.1:99999/", false),
            ("ftp://127.0.0.1/", false),
        ] {
            assert_eq!(check(url, true).is_ok(), expected, "{url}");
        }
    }
}

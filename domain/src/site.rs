//! A contest's site: its pages, the links to them that carry a code, and the cookie that may go with one.

use alloc::string::{String, ToString};

use crate::{Code, Timestamp};

/// Is it a web address with a host, and nothing that could break out of a header or an attribute?
pub fn is_site(url: &str) -> bool {
    url.len() <= 2_048
        && is_plain(url)
        && host(url).is_some_and(|host| !host.is_empty() && !host.contains('@'))
}

/// Is it the origin of web pages, as a browser names it: scheme, host and port, and nothing behind them?
pub fn is_origin(url: &str) -> bool {
    is_site(url) && url.split_once("://").map(|(_, rest)| rest) == host(url)
}

/// An address with `ref=CODE` behind its query and before its fragment.
pub fn with_code(url: &str, code: &Code) -> String {
    let (page, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let mark = if page.contains('?') { "&" } else { "?" };
    [page, mark, "ref=", code.as_str(), fragment].concat()
}

/// The page of a site at a path such as `/kites?color=red`; `None` for what would lead anywhere else.
pub fn page(site: &str, path: &str) -> Option<String> {
    // `//evil.example` is another host, and browsers read `\\` as `/`.
    let own = path.starts_with('/') && !path.starts_with("//") && path.len() <= 2_048 && is_plain(path);
    let origin = site.get(..site.find(host(site)?)?.checked_add(host(site)?.len())?)?;
    own.then(|| [origin, path].concat())
}

/// `rocket_ref` as the script writes and reads it: code, contest and the milliseconds of the visit.
pub fn cookie_value(code: &Code, contest: &str, at: Timestamp) -> String {
    [code.as_str(), ".", contest, ".", &at.millis().to_string()].concat()
}

/// The widest domain that two hosts share, if it has a dot; whether a cookie may be set on it is the browser's
/// to say, which knows the public suffixes.
pub fn shared_domain<'a>(one: &str, other: &'a str) -> Option<&'a str> {
    let name = |host: &'a str| host.split(':').next().unwrap_or_default();
    let (one, other) = (one.split(':').next().unwrap_or_default(), name(other));
    let labels =
        one.rsplit('.').zip(other.rsplit('.')).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    let start = other.rmatch_indices('.').map(|(at, _)| at.saturating_add(1)).nth(labels.checked_sub(1)?);
    let shared = other.get(start.unwrap_or(0)..)?;
    (labels >= 2 && shared.contains(|c: char| c.is_ascii_alphabetic())).then_some(shared)
}

/// The host of an address, with its port.
pub fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    rest.split(['/', '?', '#']).next()
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_goes_behind_the_query() {
        let code = Code::parse("REF-XYZ789").unwrap();
        for (url, expected) in [
            ("https://shop.example", "https://shop.example?ref=REF-XYZ789"),
            ("https://shop.example/?lang=en", "https://shop.example/?lang=en&ref=REF-XYZ789"),
            ("https://shop.example/a#top", "https://shop.example/a?ref=REF-XYZ789#top"),
        ] {
            assert_eq!(with_code(url, &code), expected);
        }
    }

    #[test]
    fn a_page_is_the_sites_own() {
        for (path, expected) in [
            ("/", Some("https://shop.example:8443/")),
            ("/kites?color=red#top", Some("https://shop.example:8443/kites?color=red#top")),
            ("//evil.example", None),
            ("/\\evil.example", None),
            ("https://evil.example", None),
            ("@evil.example", None),
            (".evil.example", None),
            ("", None),
            ("/a\r\nSet-Cookie: x", None),
        ] {
            assert_eq!(page("https://shop.example:8443/start?x=y", path).as_deref(), expected, "{path:?}");
        }
    }

    #[test]
    fn a_site_is_a_web_address() {
        for (url, expected) in [
            ("https://shop.example", true),
            ("http://127.0.0.1:8787/demo/", true),
            ("ftp://shop.example", false),
            ("https://", false),
            ("https:///path", false),
            ("https://user@shop.example/", false),
            ("https://shop.example/\"onload=", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(is_site(url), expected, "{url}");
        }
    }

    #[test]
    fn an_origin_has_nothing_behind_its_host() {
        for (url, expected) in [
            ("https://shop.example", true),
            ("http://127.0.0.1:8787", true),
            ("https://shop.example/", false),
            ("https://shop.example/x//shop.example", false),
            ("https://", false),
            ("*", false),
            ("null", false),
        ] {
            assert_eq!(is_origin(url), expected, "{url}");
        }
    }

    #[test]
    fn hosts_share_a_domain_with_a_dot() {
        for (one, other, expected) in [
            ("go.shop.example", "www.shop.example", Some("shop.example")),
            ("shop.example", "www.shop.example", Some("shop.example")),
            ("go.Shop.example:8443", "www.shop.example:80", Some("shop.example")),
            ("www.shop.example", "www.shop.example", Some("www.shop.example")),
            ("rockettracker.me.workers.dev", "shop.example", None),
            ("shop.example", "other.example", None),
            ("127.0.0.1:8787", "127.0.0.1:8787", None),
            ("localhost", "localhost", None),
        ] {
            assert_eq!(shared_domain(one, other), expected, "{one} {other}");
        }
    }
}

//! Which addresses are from services that give them out to be thrown away. The list, which others keep, is no part of the Worker:
//! it lies beside the pages, in a file for each letter with which the last two labels of its domains begin, so that one is read.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::rc::Rc;

use domain::Email;
use domain::json;
use futures_util::future::LocalBoxFuture;

/// The deployment's own files.
pub struct Files {
    /// Reads one, by its path.
    pub read: Rc<Read>,
    /// The log has been told that none can be read.
    pub is_said: &'static AtomicBool,
    /// Takes one line of JSON.
    pub log: fn(&str),
}

/// Gives the text of a file, or why it cannot be read.
pub type Read = dyn Fn(String) -> LocalBoxFuture<'static, Result<String, String>>;

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Files(…)")
    }
}

impl Files {
    /// Is the address from such a service, or from a subdomain of one? Where the list cannot be read, it is not, and the log says
    /// so once: nobody's signup is lost over a list.
    pub(crate) async fn is_disposable(&self, email: &Email) -> bool {
        let domain = email.domain();
        let Some(path) = part(domain) else { return false };
        match (self.read)(path).await {
            Ok(listed) => listed.lines().any(|listed| is_within(domain, listed)),
            Err(cause) => {
                if !self.is_said.swap(true, Ordering::Relaxed) {
                    (self.log)(
                        &json!({"list": "disposable", "outcome": "not read", "cause": cause}).to_string(),
                    );
                }
                false
            }
        }
    }
}

/// The file that holds a domain, if any does; `xtask` writes them.
fn part(domain: &str) -> Option<String> {
    let (rest, _) = domain.rsplit_once('.')?;
    let first = rest.rsplit('.').next()?.chars().next()?;
    first.is_ascii_alphanumeric().then(|| format!("/disposable/{first}.txt"))
}

fn is_within(domain: &str, listed: &str) -> bool {
    let above = domain.strip_suffix(listed);
    !listed.is_empty() && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_in_one_file_with_all_above_it() {
        for (domain, expected) in [
            ("mailinator.com", Some("/disposable/m.txt")),
            ("a.b.mailinator.com", Some("/disposable/m.txt")),
            ("a.shop.co.uk", Some("/disposable/c.txt")),
            ("10minutemail.com", Some("/disposable/1.txt")),
            ("bücher.example", Some("/disposable/b.txt")),
            ("öl.example", None),
            ("localhost", None),
            ("", None),
        ] {
            assert_eq!(part(domain).as_deref(), expected, "{domain}");
        }
    }

    #[test]
    fn a_subdomain_is_within_and_a_namesake_is_not() {
        for (domain, listed, expected) in [
            ("mailinator.com", "mailinator.com", true),
            ("a.mailinator.com", "mailinator.com", true),
            ("notmailinator.com", "mailinator.com", false),
            ("mailinator.com", "a.mailinator.com", false),
            ("mailinator.com", "", false),
        ] {
            assert_eq!(is_within(domain, listed), expected, "{domain} {listed}");
        }
    }
}

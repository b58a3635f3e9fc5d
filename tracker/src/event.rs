//! What is sent of a call: checked as the endpoint checks it, with an id made once.
//!
//! Both lie in the queue, an event in the place of its call. The pasted script writes a call as `KIND` and its
//! arguments, each behind a [`SEPARATOR`]; an event is the line `KIND`, or `KIND TIME` while it is on its way, and then
//! its body, byte for byte what goes on the wire.

use alloc::borrow::ToOwned;
use alloc::string::String;

use domain::money::Money;
use domain::{Code, Currency, Invalid, email, text};

use crate::json::{Object, digits, number};
use crate::uuid::Seed;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A page was opened with a code.
    Visit,
    /// Somebody signed up.
    Signup,
    /// Somebody bought something.
    Purchase,
}

impl Kind {
    /// As the endpoint `track-NAME` and the event `rockettracker:NAME` spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Signup => "signup",
            Self::Purchase => "purchase",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Visit, Self::Signup, Self::Purchase].into_iter().find(|kind| kind.name() == name)
    }
}

/// Something to be sent until there is a final answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// The request's JSON.
    pub body: String,
    /// When it was sent, in milliseconds since 1970; 0 if it is not on its way.
    pub sent: u64,
}

impl Event {
    /// As it lies in storage.
    pub fn stored(&self) -> String {
        let sent = if self.sent == 0 { String::new() } else { [" ", &digits(self.sent)].concat() };
        [self.kind.name(), &sent, "\n", &self.body].concat()
    }

    /// Reads what [`Event::stored`] wrote.
    pub fn parse(stored: &str) -> Option<Self> {
        let (head, body) = stored.split_once('\n')?;
        let mut words = head.split(' ');
        let kind = Kind::parse(words.next()?)?;
        Some(Self { kind, body: body.to_owned(), sent: words.next().and_then(number).unwrap_or_default() })
    }

    /// The same signup or purchase, brought by nobody; `None` for a visit, which is nothing without its code.
    pub fn without_code(&self) -> Option<Self> {
        // The code is the last member but the event's id, whose length is known: a search through the whole
        // text would cost 4.6 KB of WebAssembly.
        const TAIL: usize = r#","eventId":"00000000-0000-0000-0000-000000000000"}"#.len();
        let (head, tail) = self.body.split_at_checked(self.body.len().checked_sub(TAIL)?)?;
        let (head, _code) = head.strip_suffix('"')?.rsplit_once('"')?;
        let head = head.strip_suffix(r#","referralCode":"#).filter(|_| self.kind != Kind::Visit)?;
        Some(Self { kind: self.kind, body: [head, tail].concat(), sent: 0 })
    }
}

/// Stands before each argument of a call: a character that no argument may hold.
pub const SEPARATOR: char = '\0';

/// What the site asked for, in its own words. An empty argument is one that was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the endpoints' own fields")]
pub enum Call<'a> {
    /// A page was opened with a code.
    Visit { contest: &'a str, code: &'a str, url: &'a str },
    /// `trackSignup`
    Signup { contest: &'a str, code: &'a str, email: &'a str, name: &'a str, phone: &'a str },
    /// `trackPurchase`
    Purchase {
        contest: &'a str,
        code: &'a str,
        order_id: &'a str,
        amount: &'a str,
        currency: &'a str,
        email: &'a str,
    },
}

impl<'a> Call<'a> {
    /// Reads what the pasted script wrote down.
    pub fn parse(entry: &'a str) -> Option<Self> {
        let mut parts = entry.split(SEPARATOR);
        let kind = Kind::parse(parts.next()?)?;
        let mut part = || parts.next();
        let (contest, code) = (part()?, part()?);
        Some(match kind {
            Kind::Visit => Self::Visit { contest, code, url: part()? },
            Kind::Signup => Self::Signup { contest, code, email: part()?, name: part()?, phone: part()? },
            Kind::Purchase => Self::Purchase {
                contest,
                code,
                order_id: part()?,
                amount: part()?,
                currency: part()?,
                email: part()?,
            },
        })
    }

    /// What happened.
    pub fn kind(self) -> Kind {
        match self {
            Self::Visit { .. } => Kind::Visit,
            Self::Signup { .. } => Kind::Signup,
            Self::Purchase { .. } => Kind::Purchase,
        }
    }

    /// Checks the call and says what to send. `visitor` is what the browser calls itself.
    pub fn event(self, seed: Seed, visitor: &str) -> Result<Event, Invalid> {
        let (Self::Visit { contest, code, .. }
        | Self::Signup { contest, code, .. }
        | Self::Purchase { contest, code, .. }) = self;
        if contest.is_empty() {
            return Err(Invalid::new("contestId", "campaignId is missing from the script's URL"));
        }
        let mut body = Object::new();
        body.text("contestId", contest);
        match self {
            Self::Visit { url, .. } => {
                // A landing page with an endless path is still a visit.
                if let Ok(url) = text::URL.check(url) {
                    body.text("url", url);
                }
            }
            Self::Signup { email, name, phone, .. } => {
                body.text("email", email::check(email)?);
                for (key, limit, value) in [("name", text::NAME, name), ("phone", text::PHONE, phone)] {
                    if !value.trim_ascii().is_empty() {
                        body.text(key, limit.check(value)?);
                    }
                }
            }
            Self::Purchase { order_id, amount, currency, email, .. } => {
                body.text("orderId", text::ORDER_ID.check(order_id)?);
                let currency = Currency::parse(if currency.is_empty() { "USD" } else { currency })?;
                body.number("amount", &decimal(Money::parse(amount, currency)?));
                body.text("currency", currency.code());
                body.text("email", email::check(email)?);
            }
        }
        body.text("visitorId", visitor);
        if let Ok(code) = Code::parse(code) {
            body.text("referralCode", code.as_str());
        }
        body.text("eventId", &seed.v7());
        Ok(Event { kind: self.kind(), body: body.finish(), sent: 0 })
    }
}

/// The amount in major units with every decimal of its currency, as JSON writes a number: `79.90`, `80`, `10.500`.
fn decimal(money: Money) -> String {
    let minor = money.minor.unsigned_abs();
    let unit = 10_u64.wrapping_pow(money.currency.decimals());
    let whole = digits(minor.checked_div(unit).unwrap_or_default());
    if unit == 1 {
        return whole;
    }
    // With the unit added the decimals have all their zeros, behind a 1.
    let decimals = digits(minor.checked_rem(unit).unwrap_or_default().wrapping_add(unit));
    [&whole, ".", decimals.get(1..).unwrap_or_default()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed { millis: 0x0193_e0c2_8f1a, random: [1, 2, 3] };
    const ID: &str = r#""eventId":"0193e0c2-8f1a-7000-8001-000200000003"}"#;

    fn check(call: &[&str], expected: Result<&str, &str>) {
        let entry = call.join("\0");
        let event = Call::parse(&entry).unwrap().event(SEED, "v");
        let body = event.as_ref().map(|event| event.body.as_str()).map_err(|invalid| invalid.reason);
        let expected = expected.map(|fields| [r#"{"contestId":"demo","#, fields, ID].concat());
        assert_eq!(body, expected.as_deref().map_err(|reason| *reason));
    }

    #[test]
    fn a_signup_says_what_is_known_of_the_person() {
        for (email, name, phone, expected) in [
            (
                "jane@example.com",
                "",
                "",
                Ok(r#""email":"jane@example.com","visitorId":"v","referralCode":"REF-XYZ789","#),
            ),
            (
                " Jane@Example.com ",
                "Jane \"J\" Doe",
                "+49 170",
                Ok(
                    r#""email":"Jane@Example.com","name":"Jane \"J\" Doe","phone":"+49 170","visitorId":"v","referralCode":"REF-XYZ789","#,
                ),
            ),
            ("jane", "", "", Err("email is not a valid e-mail address")),
            ("", "", "", Err("email is required")),
            ("jane@example.com", "a\u{7}", "", Err("name must not hold control characters")),
        ] {
            check(&["signup", "demo", "ref-xyz789", email, name, phone], expected);
        }
    }

    #[test]
    fn a_purchase_names_its_amount_as_a_number_that_is_never_rounded() {
        for (amount, currency, expected) in [
            ("79.99", "usd", Ok(r#"79.99,"currency":"USD""#)),
            ("149.97000000000003", "", Ok(r#"149.97,"currency":"USD""#)),
            ("0.05", "EUR", Ok(r#"0.05,"currency":"EUR""#)),
            ("1e3", "JPY", Ok(r#"1000,"currency":"JPY""#)),
            ("10.5", "KWD", Ok(r#"10.500,"currency":"KWD""#)),
            ("abc", "USD", Err("amount must be a number")),
            ("-1", "USD", Err("amount must be greater than 0")),
            ("5", "DOLLAR", Err("currency must be an ISO 4217 code such as USD")),
        ] {
            let fields = expected.map(|amount| {
                let rest = r#","email":"jane@example.com","visitorId":"v","#;
                [r##""orderId":"#1001","amount":"##, amount, rest].concat()
            });
            check(
                &["purchase", "demo", "", "#1001", amount, currency, "jane@example.com"],
                fields.as_deref().map_err(|reason| *reason),
            );
        }
        check(&["purchase", "demo", "", " ", "1", "", "j@e.com"], Err("orderId is required"));
        check(&["purchase", "demo", "", "1", "1", "", "j"], Err("email is not a valid e-mail address"));
    }

    #[test]
    fn a_visit_is_a_visit_whatever_its_page_is_called() {
        let fields = r#""url":"https://shop.example/a","visitorId":"v","referralCode":"A","#;
        check(&["visit", "demo", "a", "https://shop.example/a"], Ok(fields));
        let long = ["https://shop.example/", &"a".repeat(2_048)].concat();
        check(&["visit", "demo", "a", &long], Ok(r#""visitorId":"v","referralCode":"A","#));
    }

    #[test]
    fn a_code_that_nobody_has_is_left_out() {
        let name = r#"A","referralCode":"B"#;
        let event = |code: &str| {
            let entry = ["signup", "demo", code, "j@e.com", name, ""].join("\0");
            Call::parse(&entry).unwrap().event(SEED, "").unwrap()
        };
        assert_eq!(event("GONE").without_code(), Some(event("")));
        assert_eq!(event("").without_code(), None);
        let visit = Call::Visit { contest: "demo", code: "GONE", url: "" }.event(SEED, "v").unwrap();
        assert_eq!(visit.without_code(), None);
    }

    #[test]
    fn without_a_contest_there_is_nothing_to_send() {
        check(&["signup", "", "", "j@e.com", "", ""], Err("campaignId is missing from the script's URL"));
    }

    #[test]
    fn what_is_no_call_is_none() {
        for entry in ["", "signup", "signup\0demo\0A\0j@e.com", "leave\0demo\0A\0x", "visit\n{}"] {
            assert_eq!(Call::parse(entry), None, "{entry:?}");
        }
    }

    /// Events of an older version lie in browsers: another form here means that they are lost.
    #[test]
    fn the_stored_form_stays_readable() {
        for (sent, stored) in
            [(0, "visit\n{\"a\":\"b\\n\"}"), (1_734_567_890_123, "visit 1734567890123\n{\"a\":\"b\\n\"}")]
        {
            let event = Event { kind: Kind::Visit, body: "{\"a\":\"b\\n\"}".to_owned(), sent };
            assert_eq!(event.stored(), stored);
            assert_eq!(Event::parse(stored), Some(event));
        }
        for text in ["", "visit", "leave\n{}", "signup\0demo\0A\0a\n\0\0"] {
            assert_eq!(Event::parse(text), None, "{text:?}");
        }
    }
}

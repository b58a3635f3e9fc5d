//! A request and an answer, without the platform: what the routes see, and what tests can make.

use core::cell::OnceCell;
use std::borrow::Cow;

use domain::json;
use serde::Serialize;
use serde_json::Value;

use crate::body::Fields;
use crate::error::Error;
use crate::limit;
use crate::service::export::Export;

/// The largest body, on every route but those that name another.
pub const MAX_BODY: usize = 16 * 1024;

/// The methods that some route answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads. HEAD is this without the body.
    Get,
    /// Adds.
    Post,
    /// Changes.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Get, Self::Post, Self::Put, Self::Delete];

    /// The method of a name; HEAD is GET.
    pub fn parse(name: &str) -> Option<Self> {
        let name = if name == "HEAD" { "GET" } else { name };
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// `GET`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// `GET, POST`
pub fn list(methods: &[Method]) -> String {
    methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ")
}

/// What was asked.
#[derive(Debug, Default)]
pub struct Call {
    /// As the client wrote it: `POST`.
    pub method: String,
    /// As it was asked for, with its port.
    pub host: String,
    /// Whether it came over TLS.
    pub is_https: bool,
    /// Between the host and the `?`.
    pub path: String,
    /// Names and values behind the `?`.
    pub query: Vec<(String, String)>,
    /// The header `x-api-key`.
    pub api_key: Option<String>,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    /// The header `Accept-Language`: what people who call read.
    pub language: Option<String>,
    /// The header `Origin`: whose page it is that calls. A caller that is no page names none.
    pub origin: Option<String>,
    /// The header `User-Agent`: what calls, in its own words.
    pub user_agent: Option<String>,
    /// The header `CF-Connecting-IP`: the client's address; nobody but the platform can set it.
    pub address: Option<String>,
    /// The header `CF-Ray`: what Cloudflare calls a request, where it is in front. `begin` takes it, for whoever looks for a failure.
    pub ray: Option<String>,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The headers that webhooks come with.
    pub webhook: WebhookHeaders,
    /// What was sent; more than the route allows is an error.
    pub body: Vec<u8>,
}

/// By what those who report something show who they are.
#[derive(Default)]
pub struct WebhookHeaders {
    /// `x-webhook-secret`
    pub secret: Option<String>,
    /// `Stripe-Signature`
    pub stripe_signature: Option<String>,
    /// `X-Shopify-Hmac-Sha256`
    pub shopify_hmac: Option<String>,
    /// `X-Shopify-Topic`
    pub shopify_topic: Option<String>,
}

impl core::fmt::Debug for WebhookHeaders {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("WebhookHeaders(…)")
    }
}

impl Call {
    /// The value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The API key, in the header or in the query, if what is sent may be one.
    pub fn sent_key(&self) -> Option<&str> {
        let sent = self.api_key.as_deref().or_else(|| self.query("apiKey")).unwrap_or_default().trim();
        Some(sent).filter(|sent| sent.starts_with("rk_"))
    }

    /// The body, field by field.
    pub fn fields(&self) -> Result<Fields<'_>, Error> {
        Fields::parse(self.json_text()?)
    }

    /// The body, as it is.
    pub fn json(&self) -> Result<Value, Error> {
        let read = serde_json::from_str(self.json_text()?);
        read.map_err(|cause| Error::body(format!("Body is not valid JSON: {cause}")))
    }

    /// Is the body of this type?
    pub fn is_of(&self, kind: &str) -> bool {
        let sent = self.content_type.as_deref().unwrap_or("application/json");
        sent.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(kind)
    }

    /// The body as text.
    pub fn text(&self) -> Result<&str, Error> {
        core::str::from_utf8(&self.body).map_err(|_| Error::body("Body is not valid UTF-8"))
    }

    fn json_text(&self) -> Result<&str, Error> {
        if !self.is_of("application/json") && !self.is_of("text/plain") {
            return Err(Error::UnsupportedType);
        }
        if self.body.is_empty() {
            return Err(Error::body("Body is empty: send a JSON object"));
        }
        let text = self.text()?;
        if !text.trim_start().starts_with('{') {
            return Err(Error::body("Body must be a JSON object"));
        }
        Ok(text)
    }
}

/// A call, and the fields of its body, which are read once, whoever asks for them.
#[derive(Debug)]
pub struct Sent<'a> {
    /// What was asked.
    pub call: &'a Call,
    fields: OnceCell<Fields<'a>>,
}

impl<'a> Sent<'a> {
    /// Nothing is read yet.
    pub fn of(call: &'a Call) -> Self {
        Self { call, fields: OnceCell::new() }
    }

    /// The body, field by field.
    pub fn fields(&self) -> Result<&Fields<'a>, Error> {
        if let Some(fields) = self.fields.get() {
            return Ok(fields);
        }
        let fields = self.call.fields()?;
        Ok(self.fields.get_or_init(|| fields))
    }
}

/// What is answered.
#[derive(Debug, Default)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Beside those that every answer has.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// JSON; `None` where there is nothing to say.
    pub body: Option<String>,
    /// In the place of a body, a page for people.
    pub page: Option<String>,
    /// In the place of a body, one that is too large to be had at once.
    pub export: Option<Export>,
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    page: usize,
    limit: usize,
}

impl Paging {
    /// `?page=1&limit=20`
    pub fn read(call: &Call) -> Result<Self, Error> {
        let number = |name, default| call.query(name).map_or(Ok(default), str::parse::<usize>);
        let page = number("page", 1).ok().filter(|page| (1..=1_000_000).contains(page));
        let limit = number("limit", 20).ok().filter(|limit| (1..=100).contains(limit));
        Ok(Self {
            page: page.ok_or_else(|| Error::field("page", "page must be from 1 to 1000000"))?,
            limit: limit.ok_or_else(|| Error::field("limit", "limit must be from 1 to 100"))?,
        })
    }

    /// How many are before what is asked for.
    pub fn skip(self) -> usize {
        self.page.saturating_sub(1).saturating_mul(self.limit)
    }

    /// How many are asked for.
    pub fn limit(self) -> usize {
        self.limit
    }

    /// The part of all that is asked for.
    pub fn of<T>(self, all: &[T]) -> &[T] {
        let start = self.skip().min(all.len());
        all.get(start..start.saturating_add(self.limit).min(all.len())).unwrap_or_default()
    }
}

impl Reply {
    /// `{"success":true,"data":…}` with 200, or 201 when something was created.
    pub fn data(created: bool, data: impl Serialize) -> Self {
        let body = ["{\"success\":true,\"data\":", &json::text(&data), "}"].concat();
        Self::flat(if created { 201 } else { 200 }, body)
    }

    /// A body in a shape of its own, as JSON.
    pub fn flat(status: u16, body: String) -> Self {
        Self { status, body: Some(body), ..Self::default() }
    }

    /// A part of a list, and how much there is.
    pub fn list(part: &[Value], paging: Paging, total: usize) -> Self {
        Self::part(&json!(part), paging, total)
    }

    /// What is said of a part of a list, and how much there is.
    pub fn part(told: &Value, paging: Paging, total: usize) -> Self {
        let Paging { page, limit } = paging;
        let pages = total.div_ceil(limit);
        let body = json!({
            "success": true,
            "data": told,
            "pagination": {"page": page, "limit": limit, "total": total, "totalPages": pages},
        });
        Self::flat(200, json::text(&body))
    }

    /// `{"success":false,"error":…}`, with `field` where one is at fault.
    pub fn error(error: &Error, request_id: &str) -> Self {
        let mut body = json!({"success": false, "error": error.text(request_id)});
        let mut headers = Vec::new();
        match error {
            Error::BadRequest { field: Some(field), .. } => {
                if let Some(body) = body.as_object_mut() {
                    body.insert("field".to_owned(), json!(field));
                }
            }
            Error::MethodNotAllowed(allowed) => {
                headers.push(("Allow", Cow::from(format!("{}, OPTIONS", list(allowed)))));
            }
            Error::TooMany => headers.push(("Retry-After", Cow::from(limit::WINDOW))),
            Error::Unavailable(_) => headers.push(("Retry-After", Cow::from("5"))),
            _ => {}
        }
        Self { headers, ..Self::flat(error.status(), json::text(&body)) }
    }
}

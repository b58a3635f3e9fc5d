//! Every way in which a request can fail, with the status and the text that it is answered with.

use domain::Invalid;
use domain::contest::{Closed, Fault};

use crate::http::Method;
use crate::ledger::Unavailable;

/// Why a request is not answered 2xx.
#[derive(Debug)]
pub enum Error {
    /// 400: the body, or one field of it.
    BadRequest {
        /// The field at fault, if it is one.
        field: Option<String>,
        /// A sentence for a person.
        text: String,
    },
    /// 401: no API key, or one that is not known.
    Unauthorized,
    /// 401: who sends this cannot show that they are who they say.
    NotAuthentic(&'static str),
    /// 403: a public key where a private one is needed.
    PrivateKeyRequired,
    /// 403: the contest takes nothing now.
    Closed(Closed),
    /// 403: the contest takes no calls from pages of this origin.
    Origin(String),
    /// 404: nothing is there.
    NotFound(&'static str),
    /// 405: not in this way.
    MethodNotAllowed(Vec<Method>),
    /// 409: something else is there already.
    Conflict(&'static str),
    /// 410: somebody asked to be forgotten, and is.
    Erased,
    /// 413: the body is too large.
    TooLarge(usize),
    /// 415: the body is no JSON.
    UnsupportedType,
    /// 429: more calls than are allowed.
    TooMany,
    /// 500: a fault of ours, for the log only.
    Internal(String),
    /// 501: this deployment has no queue to send webhooks by.
    NoQueue,
    /// 503: the store refused; what was asked may be asked again.
    Unavailable(String),
}

impl Error {
    /// 404 on every route of a contest that is not there, or is another team's.
    pub const CONTEST: Self = Self::NotFound("Contest not found");
    /// 404 on every route of an entry that is not there, or is another team's.
    pub const ENTRY: Self = Self::NotFound("Entry not found");
    /// 404 on every route of an endpoint that is not there.
    pub const ENDPOINT: Self = Self::NotFound("Webhook endpoint not found");
    /// 404 where a code is needed and nobody has it.
    pub const CODE: Self = Self::NotFound("Referral code not found");

    /// One field cannot be taken.
    pub fn field(field: &str, text: impl Into<String>) -> Self {
        Self::BadRequest { field: Some(field.to_owned()), text: text.into() }
    }

    /// The body as a whole cannot be taken.
    pub fn body(text: impl Into<String>) -> Self {
        Self::BadRequest { field: None, text: text.into() }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest { .. } => 400,
            Self::Unauthorized | Self::NotAuthentic(_) => 401,
            Self::PrivateKeyRequired | Self::Closed(_) | Self::Origin(_) => 403,
            Self::NotFound(_) => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::Conflict(_) => 409,
            Self::Erased => 410,
            Self::TooLarge(_) => 413,
            Self::UnsupportedType => 415,
            Self::TooMany => 429,
            Self::Internal(_) => 500,
            Self::NoQueue => 501,
            Self::Unavailable(_) => 503,
        }
    }

    /// The text of the answer. A fault of ours names the request and nothing else.
    pub fn text(&self, request_id: &str) -> String {
        match self {
            Self::BadRequest { text, .. } => text.clone(),
            Self::Unauthorized => "Missing or invalid API key".to_owned(),
            Self::PrivateKeyRequired => "This endpoint requires a private API key".to_owned(),
            Self::Closed(closed) => closed.reason().to_owned(),
            Self::Origin(origin) => format!("This contest takes no calls from pages of {origin}"),
            Self::Erased => "This person was erased and is not added again".to_owned(),
            Self::NotAuthentic(text) | Self::NotFound(text) | Self::Conflict(text) => (*text).to_owned(),
            Self::MethodNotAllowed(allowed) => {
                format!("Method not allowed. Use {}", crate::http::list(allowed))
            }
            Self::TooLarge(most) => format!("Body must be at most {most} bytes"),
            Self::UnsupportedType => "Body must be application/json or text/plain".to_owned(),
            Self::NoQueue => "This deployment has no queue, and sends no webhooks".to_owned(),
            Self::TooMany => "Rate limit exceeded. Please try again later.".to_owned(),
            Self::Internal(_) => format!("Internal error. Request {request_id}"),
            Self::Unavailable(_) => format!("Temporarily unavailable. Request {request_id}"),
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::field(invalid.field, invalid.reason)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::BadRequest { field: Some(fault.field).filter(|field| !field.is_empty()), text: fault.reason }
    }
}

impl From<Closed> for Error {
    fn from(closed: Closed) -> Self {
        Self::Closed(closed)
    }
}

impl From<Unavailable> for Error {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable.0)
    }
}

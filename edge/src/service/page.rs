//! `GET /c/:contestId`: a contest's page for people, to link to where there is no site of its own. Its words are the contest's;
//! the rest is the widget's.

use std::borrow::Cow;

use domain::Code;

use super::App;
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::Ledger;

/// Nothing inline, nothing from elsewhere. WebAssembly is the tracker's, which does without it where it must.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// Those that the widget has words in.
const LANGUAGES: [&str; 6] = ["en", "de", "es", "fr", "pt", "ja"];

/// What is said of a contest whose owner has not.
const DESCRIPTION: &str = "Share your link, bring friends, earn points.";

/// The page. `?code=` shows a participant how they fare, `?ref=` is a friend's link, `?lang=` a language.
pub async fn show<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let contest = app.recent_contest(id).await?;
    contest.public_status(app.now)?;
    let scheme = if call.is_https { "https://" } else { "http://" };
    let origin = escaped(&[scheme, &call.host].concat());
    let title = escaped(&contest.title);
    let description = escaped(&contest.description);
    let about = if description.is_empty() { DESCRIPTION } else { &description };
    let code = call.query("code").and_then(|code| Code::parse(code).ok());
    let code = code.map(|code| [" code=\"", code.as_str(), "\""].concat()).unwrap_or_default();
    let id = &contest.id;
    let head = [
        "<meta name=\"description\" content=\"", about,
        "\">\n<link rel=\"canonical\" href=\"", &origin, "/c/", id,
        "\">\n<meta property=\"og:type\" content=\"website\">\n<meta property=\"og:title\" content=\"", &title,
        "\">\n<meta property=\"og:description\" content=\"", about,
        "\">\n<meta property=\"og:url\" content=\"", &origin, "/c/", id,
        "\">\n<meta property=\"og:image\" content=\"", &origin, "/widget/picture.png\">\n\
        <meta property=\"og:image:width\" content=\"1200\">\n<meta property=\"og:image:height\" content=\"630\">\n\
        <meta property=\"og:image:alt\" content=\"A rocket with a tail of three bows, above hills.\">\n\
        <meta name=\"twitter:card\" content=\"summary_large_image\">\n\
        <script src=\"/referral-tracker.js?campaignId=", id, "\" async></script>\n\
        <script src=\"/referral-widget.js\" async></script>\n",
    ]
    .concat();
    let main = [
        "<p class=\"about\">", &description, "</p>\n<rocket-referral contest=\"", id, "\" without=\"title\"", &code,
        "></rocket-referral>\n<noscript><p lang=\"en\">This page needs JavaScript to show your link.</p></noscript>\n",
    ]
    .concat();
    Ok(document(language(call), 200, &title, &head, &main))
}

/// What people see in the place of the page.
pub(crate) fn refusal(error: &Error, request_id: &str) -> Reply {
    let mut reply = Reply::error(error, request_id);
    let text = escaped(&error.text(request_id));
    let head = "<meta name=\"robots\" content=\"noindex\">\n";
    let main = match error {
        Error::NotFound(_) => {
            "<p class=\"about\">Look at the link again, or ask whoever sent it to you.</p>\n"
        }
        _ => "<p class=\"about\">Try again in a while.</p>\n",
    };
    let page = document("en", reply.status, &text, head, main);
    reply.headers.extend(page.headers);
    Reply { headers: reply.headers, ..page }
}

fn document(language: &str, status: u16, title: &str, head: &str, main: &str) -> Reply {
    let page = [
        "<!doctype html>\n<html lang=\"", language, "\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", title, "</title>\n\
        <meta name=\"color-scheme\" content=\"light dark\">\n\
        <link rel=\"icon\" href=\"/demo/rocket.svg\" type=\"image/svg+xml\">\n\
        <link rel=\"preload\" href=\"/demo/type/bricolage-grotesque.woff2\" as=\"font\" type=\"font/woff2\" crossorigin>\n\
        <link rel=\"stylesheet\" href=\"/widget/page.css\">\n", head,
        "</head>\n<body>\n<main>\n<h1>", title, "</h1>\n", main, "</main>\n</body>\n</html>\n",
    ]
    .concat();
    let headers = [
        ("Content-Security-Policy", POLICY),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Cache-Control", "no-cache"),
        ("Vary", "Accept-Language"),
    ];
    let headers = headers.map(|(name, value)| (name, Cow::from(value))).into();
    Reply { status, headers, page: Some(page), ..Reply::default() }
}

/// What was asked for, else the first that the browser names and the widget has words in.
fn language(call: &Call) -> &'static str {
    let asked = call.query("lang").into_iter();
    let mut read = asked.chain(call.language.as_deref().unwrap_or_default().split(','));
    let known = |wanted: &str| {
        let primary = wanted.split(['-', ';']).next().unwrap_or_default().trim();
        LANGUAGES.into_iter().find(|language| language.eq_ignore_ascii_case(primary))
    };
    read.find_map(known).unwrap_or("en")
}

/// Text that means itself, between tags and in quotes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            sign => safe.push(sign),
        }
    }
    safe
}

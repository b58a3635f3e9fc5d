//! What a call tells of whoever is behind it, for the contest's rules on doubtful referrals. What those make of it is decided in
//! [`domain::trust`].

use domain::trust::{Doubts, Marks, Rule};
use domain::{Contest, Email, id, text};

use super::App;
use crate::body::Fields;
use crate::http::Call;

/// Whose browser it is that calls. A shop's server, which reports what its customers did, is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller {
    visitor: Option<String>,
    is_bot: bool,
}

impl Caller {
    /// What says of itself that it is a bot is one, if it is a page that calls, or a crawler by its name: the libraries with which
    /// a shop's server calls are known as bots, too.
    pub(super) fn of<L>(app: &App<L>, contest: &Contest, call: &Call, sent: &Fields<'_>) -> Self {
        // Whoever has sent something else by this name was never refused for it.
        let visitor = sent.text("visitorId").ok().flatten().filter(|id| text::is_token(id));
        let agent = call.user_agent.as_deref().unwrap_or_default();
        let may_be_bot = || call.origin.is_some() || calls_itself_a_crawler(agent);
        let is_bot = contest.settings.trust.looks_at(Rule::Bots) && may_be_bot() && (app.is_bot)(agent);
        Self { visitor, is_bot }
    }

    /// What is doubtful about something of which nobody says who did it.
    pub(super) fn doubts(&self, contest: &Contest) -> Doubts {
        contest.settings.trust.doubts(&Marks { is_bot: self.is_bot, ..Marks::default() }, None)
    }

    /// What is known of somebody who gives this address; of a browser, what is stored of it.
    pub(super) async fn marks<L>(&self, app: &App<L>, contest: &Contest, email: Option<&Email>) -> Marks {
        let secret = &app.secrets.ledger;
        let is_disposable = match email {
            Some(email) if contest.settings.trust.looks_at(Rule::Disposable) => {
                app.files.is_disposable(email).await
            }
            _ => false,
        };
        Marks {
            mailbox: email.map(|email| id::mailbox_id(secret, &contest.id, email)),
            browser: self.visitor.as_deref().map(|visitor| id::browser_id(secret, &contest.id, visitor)),
            is_bot: self.is_bot,
            is_disposable,
        }
    }
}

fn calls_itself_a_crawler(agent: &str) -> bool {
    let agent = agent.to_ascii_lowercase();
    ["bot", "crawl", "spider"].iter().any(|word| agent.contains(word))
}

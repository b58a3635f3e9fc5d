//! What a call tells of whoever is behind it, for the contest's rules on doubtful referrals. What those make of it is decided in
//! [`domain::trust`].

use domain::attribution::{Binding, add, may_be_one};
use domain::decide::later;
use domain::fact::{Bound, Fact};
use domain::trust::{Doubts, Marks, Rule};
use domain::{Contest, Email, EntryId, Timestamp, id, text};

use super::App;
use super::people::{Known, advocate};
use crate::body::Fields;
use crate::error::Error;
use crate::http::Call;
use crate::ledger::{self, Ledger, Referrer};

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

    /// A server may have told of somebody before their browser does, which alone shows whether it is their advocate's as well: writes
    /// what that makes doubtful about how they came, and adds it to what is known. `order` is what was said of one, if this is not a
    /// signup: with that, the browser is kept with their own code as it would have been.
    pub(super) async fn look_back<L: Ledger>(
        &self,
        app: &App<L>,
        contest: &Contest,
        friend: &EntryId,
        known: &mut Known,
        (order, at): (Option<&[Fact]>, Timestamp),
    ) -> Result<(), Error> {
        if known.erased || !contest.settings.trust.looks_at(Rule::SameBrowser) {
            return Ok(());
        }
        let Some(browser) = self.browser(app, contest) else { return Ok(()) };
        let mut bounds = later(contest, friend, &known.bindings, order.unwrap_or_default(), at);
        if let (Some(joined), None) = (&known.joined, order)
            && may_be_one(joined.at, at)
        {
            let (at, friend, code) = (joined.at, friend.clone(), joined.code.clone());
            bounds.push(Bound { at, friend, code, doubts: Doubts::NONE, later: true });
        }
        for bound in bounds {
            let Some(owner) = advocate(app, &contest.id, &bound.code).await? else { continue };
            if owner.entry == *friend && owner.browser.is_none() {
                let (browser, mailbox) = (Some(browser.clone()), owner.mailbox);
                let owner = Referrer { mailbox, browser, ..Referrer::of(friend) };
                app.ledger.put(&ledger::referrer(&contest.id, &bound.code), &owner).await?;
            } else if owner.entry != bound.friend && owner.browser.as_ref() == Some(&browser) {
                if bound.friend == *friend {
                    let Bound { at, doubts, .. } = bound;
                    add(&mut known.bindings, Binding { at, code: bound.code.clone(), doubts });
                }
                app.ledger.write(&contest.id, &Fact::Bound(bound)).await?;
            }
        }
        Ok(())
    }

    fn browser<L>(&self, app: &App<L>, contest: &Contest) -> Option<String> {
        let visitor = self.visitor.as_deref()?;
        Some(id::browser_id(&app.secrets.ledger, &contest.id, visitor))
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
            browser: self.browser(app, contest),
            is_bot: self.is_bot,
            is_disposable,
        }
    }
}

fn calls_itself_a_crawler(agent: &str) -> bool {
    let agent = agent.to_ascii_lowercase();
    ["bot", "crawl", "spider"].iter().any(|word| agent.contains(word))
}

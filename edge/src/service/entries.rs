//! The participants of a contest: how one joins, and who they are.

use domain::decide::{self, Newcomer};
use domain::fact::Fact;
use domain::fold::Standing;
use domain::json;
use domain::points::Points;
use domain::trust::{Doubts, Marks, Rule};
use domain::webhook::comes_again;
use domain::webhook::event::Told;
use domain::{Code, Contest, Email, EntryId, Timestamp};
use futures_util::TryFutureExt;
use futures_util::future::try_join3;
use serde_json::Value;

use super::people::{Identity, Known, first_known, given_code, known};
use super::told::announce;
use super::trust::Caller;
use super::{App, all};
use crate::body::Fields;
use crate::error::Error;
use crate::http::{Call, Paging, Reply};
use crate::ledger::{self, KeyKind, Ledger, Person, Place, Places, Question, Referrer, Sought};

/// An entry, and what the call that asked for it made of it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: EntryId,
    pub(super) code: Code,
    pub(super) joined_at: Timestamp,
    pub(super) already_exists: bool,
    pub(super) is_referred: bool,
    pub(super) points: Points,
}

/// Makes somebody a participant with a code of their own, unless they are one.
pub(super) async fn join<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    identity: &Identity,
    code: Option<&Code>,
    caller: &Caller,
    at: Timestamp,
) -> Result<Entry, Error> {
    let id = identity.entry(&app.secrets.ledger, &contest.id);
    let given = code.map(core::slice::from_ref).unwrap_or_default();
    // At once, what may not be needed as well: KV is far away, and who signs up waits.
    let (mut known, advocate, free) = try_join3(
        known(app, &contest.id, &id).map_err(Error::from),
        first_known(app, &contest.id, given),
        app.free_code(&contest.id, &id),
    )
    .await?;
    caller.look_back(app, contest, &id, &mut known, (None, at)).await?;
    let Known { joined, bindings, erased } = known;
    if erased {
        return Err(Error::Erased);
    }
    if let Some(joined) = joined {
        let by = contest.settings.rule().credited(&bindings, joined.at).map(|binding| &binding.code);
        let entry = Entry {
            is_referred: by.is_some(),
            id,
            code: joined.code.clone(),
            joined_at: joined.at,
            already_exists: true,
            points: Points::default(),
        };
        if comes_again(joined.at, at, app.now) {
            announce(app, contest, &Fact::Joined(joined), Told { by, gives: true });
        }
        return Ok(entry);
    }
    if advocate.is_none() && code.is_some() {
        return Err(Error::CODE);
    }
    let code = free;
    let marks = caller.marks(app, contest, identity.email()).await;
    let owner = owner(contest, &id, &marks);
    let newcomer = Newcomer { entry: &id, code: code.clone(), bindings: &bindings, marks };
    let signup = decide::signup(contest, newcomer, advocate.as_ref(), at);
    store(app, contest, identity, &id, (&code, &owner), &signup.facts).await?;
    for fact in &signup.facts {
        announce(app, contest, fact, Told { by: signup.by.as_ref(), gives: true });
    }
    Ok(Entry {
        id,
        code,
        joined_at: at,
        already_exists: false,
        is_referred: signup.by.is_some(),
        points: signup.points,
    })
}

/// What is kept with the code of a participant, for friends to be compared with. Of a browser, nothing where nobody looks.
pub(super) fn owner(contest: &Contest, id: &EntryId, marks: &Marks) -> Referrer {
    let browser = marks.browser.clone().filter(|_| contest.settings.trust.looks_at(Rule::SameBrowser));
    Referrer { mailbox: marks.mailbox.clone(), browser, ..Referrer::of(id) }
}

/// What belongs to a participant comes first, all of it at once, and the last fact last: once an entry is seen, it is whole, and a
/// call that was cut off and comes again finds nothing half done that it does not finish.
pub(super) async fn store<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    identity: &Identity,
    id: &EntryId,
    (code, owner): (&Code, &Referrer),
    facts: &[Fact],
) -> Result<(), Error> {
    let identity = identity.clone().person();
    let (before, last) = facts.split_at(facts.len().saturating_sub(1));
    try_join3(
        app.ledger.put(&ledger::person(&contest.id, id), &identity),
        app.ledger.put(&ledger::referrer(&contest.id, code), owner),
        app.write_all(&contest.id, before),
    )
    .await?;
    if let [last] = last {
        app.ledger.write(&contest.id, last).await?;
    }
    Ok(())
}

/// A participant as an owner writes one.
pub(super) struct NewEntry {
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) referral_code: Option<String>,
}

impl NewEntry {
    pub(super) fn read(sent: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            email: sent.text("email")?,
            name: sent.text("name")?,
            phone: sent.text("phone")?,
            referral_code: sent.text("referralCode")?,
        })
    }

    pub(super) fn identity(&self) -> Result<Identity, Error> {
        let email = self.email.as_deref().filter(|email| !email.trim().is_empty());
        Identity::read(email.map(Email::parse).transpose()?, self.name.as_deref(), self.phone.as_deref())
    }
}

/// `POST /api/v1/contests/:id/entries`: the owner adds a participant.
pub async fn create<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let contest = app.own_contest(contest, &key).await?;
    let new = NewEntry::read(&call.fields()?)?;
    let identity = new.identity()?;
    let code = given_code(new.referral_code.as_deref())?;
    let entry = join(app, &contest, &identity, code.as_ref(), &Caller::default(), app.now).await?;
    let person = if entry.already_exists {
        app.ledger.get(&ledger::person(&contest.id, &entry.id)).await?.unwrap_or_default()
    } else {
        identity.person()
    };
    let answer = json!({
        "id": entry.id.as_str(),
        "email": person.email,
        "name": person.name,
        "phone": person.phone,
        "referralCode": entry.code.as_str(),
        "createdAt": entry.joined_at.to_rfc3339(),
        "alreadyExists": entry.already_exists,
        "isReferred": entry.is_referred,
        "pointsAwarded": entry.points,
    });
    Ok(Reply::data(!entry.already_exists, answer))
}

/// More than any contest has entries.
const ALL: usize = 1_000_000_000;

/// `GET /api/v1/contests/:id/entries?page&limit&search`: who joined first comes first.
pub async fn list<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let key = app.any_key(call).await?;
    let paging = Paging::read(call)?;
    let contest = app.own_contest(contest, &key).await?;
    let search = call.query("search").map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
    let address = search.as_deref().filter(|_| key.kind == KeyKind::Private).map(Email::parse);
    let address =
        address.and_then(Result::ok).map(|email| EntryId::of(&app.secrets.ledger, &contest.id, &email));
    let (mut places, mut sought) = (Places::default(), search.as_deref());
    // Whoever has an address is found by what follows from it.
    if let Some(entry) = &address {
        places = app.places(&contest, Question::Entry(entry)).await?;
        places.entries = places.places.len();
        places.places = paging.of(&places.places).to_vec();
        sought = sought.filter(|_| places.entries == 0);
    }
    if let Some(sought) = sought {
        places = find(app, &contest, sought, key.kind, paging).await?;
    } else if address.is_none() {
        places = app.places(&contest, Question::Joined(paging.skip(), paging.limit())).await?;
    }
    let part = places.places.iter().map(async |Place { standing, .. }| {
        let person = app.ledger.get(&ledger::person(&contest.id, &standing.entry)).await?.unwrap_or_default();
        // Who was found by what they were called until a moment ago, is not.
        let is_found = sought.is_none_or(|sought| person.holds(sought, key.kind));
        Ok::<_, Error>(if is_found { shown(standing, &person, key.kind) } else { Value::Null })
    });
    let mut part = all(part).await?;
    part.retain(|shown| !shown.is_null());
    let gone = places.places.len().saturating_sub(part.len());
    Ok(Reply::list(&part, paging, places.entries.saturating_sub(gone)))
}

/// All whose name or e-mail holds a text, in any case. Where the ledger does not know them without reading all persons, they are read.
async fn find<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    text: &str,
    kind: KeyKind,
    paging: Paging,
) -> Result<Places, Error> {
    let sought = Sought { text, kind, skip: paging.skip(), most: paging.limit() };
    if let Some(found) = app.ledger.search(&contest.id, contest.settings.terms(), sought).await? {
        return Ok(found);
    }
    let mut found: Vec<EntryId> = Vec::new();
    let mut cursor = None;
    loop {
        let page = app.ledger.persons(&contest.id, cursor).await?;
        let persons = page.persons.into_iter().filter(|(_, person)| person.holds(text, kind));
        found.extend(persons.map(|(entry, _)| entry));
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    // They came in the order of their ids.
    let mut places = app.places(contest, Question::Joined(0, ALL)).await?;
    places.places.retain(|place| found.binary_search(&place.standing.entry).is_ok());
    Ok(Places { entries: places.places.len(), places: paging.of(&places.places).to_vec(), ..places })
}

/// A person as a key may see them.
pub(super) fn visible(person: &Person, kind: KeyKind) -> Person {
    if kind == KeyKind::Private { person.clone() } else { person.masked() }
}

/// An entry as the API shows it.
pub(super) fn shown(standing: &Standing, person: &Person, kind: KeyKind) -> Value {
    let person = visible(person, kind);
    let mut shown = json!({
        "id": standing.entry.as_str(),
        "email": person.email,
        "name": person.name,
        "phone": person.phone,
        "points": standing.points,
        "emailConfirmed": standing.confirmed,
        "disqualified": standing.disqualified,
        "referralCode": standing.code.as_str(),
        "createdAt": standing.joined_at.to_rfc3339(),
    });
    // Whom its owner doubts is nobody's business who may only read.
    if let (KeyKind::Private, Some(shown)) = (kind, shown.as_object_mut()) {
        shown.insert("flags".to_owned(), flags(standing.doubts));
    }
    shown
}

/// The rules by which something is doubtful, as their settings are called.
pub(super) fn flags(doubts: Doubts) -> Value {
    doubts.rules().map(Rule::as_str).collect()
}

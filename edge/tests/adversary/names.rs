//! What people are called, and who finds them by it. Once a directory has everybody, the owner calls some otherwise and erases some.

use edge::http::Call;
use serde_json::{Value, json};

use crate::deed::Deed;
use crate::model::entry_of;
use crate::oracle::text;
use crate::places::{CONTEST, NAMES, Over, World, call};
use crate::shoppers::PEOPLE;
use crate::town::{Town, brief, is_again};

impl<O: Over> Town<O> {
    /// What the owner does the next day.
    pub fn next_day(&self, rng: &mut fastrand::Rng) {
        for who in PEOPLE {
            let (town, mut rng) = (self.clone(), fastrand::Rng::with_seed(rng.u64(..)));
            self.spawn(async move {
                if rng.bool() {
                    town.sleep(brief(&mut rng)).await;
                    town.renames(&mut rng, who, "Somebody Doe").await;
                }
                if rng.u8(..6) == 0 {
                    town.sleep(brief(&mut rng)).await;
                    let path = format!("/api/v1/entries/{}", entry_of(who).as_str());
                    let words = format!("the owner erases {who} the next day");
                    let deed = Deed::Erase { who: who.to_owned() };
                    town.by_owner(&mut rng, deed, &words, ("DELETE", path), Value::Null).await;
                }
            });
        }
    }

    /// The owner calls somebody otherwise, as often as anybody tries. (Where a ledger that is wrong on purpose has lost that they were erased,
    /// their record is never seen again.)
    pub async fn renames(&self, rng: &mut fastrand::Rng, who: &str, name: &str) {
        let happening = self.happenings.begin(Deed::Rename { who: who.to_owned() });
        let path = format!("/api/v1/entries/{}", entry_of(who).as_str());
        let words = format!("the owner calls {who} {name}");
        for _ in 0..20 {
            let call = call("PUT", &path, &json!({"name": name}));
            let call = Call { api_key: Some(self.world.key()), ..call };
            let place = rng.usize(..self.world.places());
            if !is_again(self.attempt(happening, place, &words, call).await.as_ref()) {
                return;
            }
            self.sleep(rng.u64(5_000..30_000)).await;
        }
    }
}

/// What is wrong with what is found from each place, which is to be everybody, and nobody else, whose name or address holds a text; and
/// what is only missing. (Where several add to a directory at once, each as it saw it before, one may bring back what somebody was called,
/// who is then found by that no more, and by what they are called since after the night.)
pub async fn look_for<O: Over>(world: &World) -> (Vec<String>, Vec<String>) {
    let (mut faults, mut missing) = (Vec::new(), Vec::new());
    let contest = format!("/api/v1/contests/{CONTEST}");
    for (place, name) in NAMES.iter().enumerate().take(world.places()) {
        let read = async |query: String| {
            let path = format!("{contest}/entries?limit=100{query}");
            let answer = world.owner::<O>(place, &path, ("GET", &path), &Value::Null).await.unwrap();
            answer.body["data"].as_array().cloned().unwrap_or_default()
        };
        let all = read(String::new()).await;
        for sought in PEOPLE.into_iter().chain(["ROE", "doe", "x.Example", "***"]) {
            let found: Vec<String> =
                read(format!("&search={sought}")).await.iter().map(|shown| text(&shown["id"])).collect();
            let holds = |value: &Value| text(value).to_lowercase().contains(&sought.to_lowercase());
            let expected = all.iter().filter(|shown| holds(&shown["name"]) || holds(&shown["email"]));
            let expected: Vec<String> = expected.map(|shown| text(&shown["id"])).collect();
            let is_missing = found.len() < expected.len() && found.iter().all(|id| expected.contains(id));
            if found != expected {
                let to = if is_missing { &mut missing } else { &mut faults };
                to.push(format!("a search in {name} for {sought} finds {found:?}, not {expected:?}"));
            }
        }
    }
    (faults, missing)
}

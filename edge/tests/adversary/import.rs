//! The owner brings people along from elsewhere, while some of them sign up by themselves.

use edge::http::Call;
use serde_json::{Value, json};

use crate::deed::{By, Deed, Try};
use crate::model::{BROUGHT, phones_of};
use crate::places::{Answer, CONTEST, Over, call};
use crate::shoppers::PEOPLE;
use crate::town::{Town, brief, is_again};

/// A line of a list.
struct Line {
    who: &'static str,
    code: Option<&'static str>,
    points: i64,
}

impl Line {
    fn cells(&self) -> [String; 4] {
        let (email, phone) = match phones_of(self.who) {
            Some(phones) => (String::new(), phones[0].to_owned()),
            None => (format!("{}@x.example", self.who), String::new()),
        };
        [email, phone, self.code.unwrap_or_default().to_owned(), self.points.to_string()]
    }

    fn deeds(&self) -> Vec<Deed> {
        let joins = Deed::SignUp { who: self.who.to_owned(), code: None, by: By::Import };
        let brings =
            (self.points != 0).then(|| Deed::Bring { who: self.who.to_owned(), points: self.points });
        [joins].into_iter().chain(brings).collect()
    }
}

/// The list as a program sends it, or as a spreadsheet has it.
fn list(lines: &[Line], as_csv: bool) -> Call {
    let path = format!("/api/v1/contests/{CONTEST}/import");
    if as_csv {
        let rows = lines.iter().map(|line| line.cells().map(|cell| format!("\"{cell}\"")).join(","));
        let text: Vec<String> =
            ["email,phone,ReferralCode,points".to_owned()].into_iter().chain(rows).collect();
        let content_type = Some("text/csv".to_owned());
        return Call {
            content_type,
            body: text.join("\r\n").into_bytes(),
            ..call("POST", &path, &Value::Null)
        };
    }
    let people = lines.iter().map(|line| {
        let [email, phone, code, _] = line.cells();
        json!({"email": email, "phone": phone, "referralCode": code, "points": line.points})
    });
    call("POST", &path, &json!({"participants": people.collect::<Vec<_>>()}))
}

/// What was answered about one thing that a line says.
fn answer_about(answer: &Answer, line: usize, deed: &Deed) -> Answer {
    let said = &answer.body["data"]["report"][line];
    let about = |status, body| Answer { status, body };
    match (answer.status, said["status"].as_str(), deed) {
        (200, Some("error"), _) => about(410, said.clone()),
        (200, Some("exists"), Deed::Bring { .. }) => about(200, json!({"data": {"ignored": "exists"}})),
        (200, Some("exists" | "created"), _) => about(200, json!({"data": said})),
        _ => answer.clone(),
    }
}

impl<O: Over> Town<O> {
    pub async fn imports(self, mut rng: fastrand::Rng) {
        self.sleep(brief(&mut rng)).await;
        let brought = BROUGHT.map(|(who, code)| Line { who, code: Some(code), points: rng.i64(-3..40) });
        let mut lines: Vec<Line> = brought.into_iter().collect();
        for who in PEOPLE {
            if rng.u8(..6) == 0 {
                // Where they have a code already, the list knows none: they get the one that follows from who they are.
                lines.push(Line { who, code: None, points: rng.i64(0..20) });
            }
        }
        rng.shuffle(&mut lines);
        let happenings: Vec<Vec<(usize, Deed)>> = lines
            .iter()
            .map(|line| {
                line.deeds().into_iter().map(|deed| (self.happenings.begin(deed.clone()), deed)).collect()
            })
            .collect();
        let as_csv = rng.bool();
        // Whoever is not sure whether it was done does it once more.
        for _ in 0..rng.usize(1..=2) {
            loop {
                let ask = Call { api_key: Some(self.world.key()), ..list(&lines, as_csv) };
                let began = self.world.executor().now();
                let place = rng.usize(..self.world.places());
                let whom = lines.iter().map(|line| line.who).collect::<Vec<_>>().join(", ");
                let answer =
                    self.world.send::<O>(place, &format!("the owner brings {whom} along"), ask).await;
                let ended = self.world.executor().now();
                for (line, about) in happenings.iter().enumerate() {
                    for (happening, deed) in about {
                        let answer = answer.as_ref().map(|answer| answer_about(answer, line, deed));
                        self.happenings.tried(*happening, Try { began, ended, answer });
                    }
                }
                if !is_again(answer.as_ref()) {
                    break;
                }
                self.sleep(rng.u64(1_000..20_000)).await;
            }
            self.sleep(brief(&mut rng)).await;
        }
    }
}

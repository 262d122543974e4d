//! Accounts look alike after a relink: the customer is asked which of them are the same, one question after another.

use leptos::prelude::*;
use relink_flow::{Action, Finished};
use relink_protocol::{AccountId, AccountName, AccountPair, Connected, DatedAccount, LookAlikes};

use super::text::{self, Text};
use crate::screens::names;
use crate::ui::{AccountRow, Card, Icon, Paragraph, QuietButton, Row, RowButton};

/// One question.
#[derive(Clone, Debug)]
struct Question {
    heading: Text,
    /// Account that it is about, if the heading alone does not say it.
    about: Option<String>,
    options: Vec<Choice>,
}

/// An account to choose.
#[derive(Clone, Debug)]
struct Choice {
    account: AccountName,
    state: String,
    icon: Icon,
    /// Answer that choosing it gives.
    pair: AccountPair,
}

#[component]
pub(crate) fn WhichAccount(finished: Finished, act: Callback<Action>) -> impl IntoView {
    let look_alikes = finished.outcome.connected().map(|connected: &Connected| connected.look_alikes.clone());
    let questions: Vec<Question> =
        look_alikes.unwrap_or_default().into_iter().flat_map(questions_about).collect();
    let count = questions.len();
    // Answers to the questions so far; without a pair where the customer can't tell.
    let answers = RwSignal::new(Vec::<Option<AccountPair>>::new());
    let answer = Callback::new(move |action| {
        let Action::Pair(pairs) = action else { return };
        answers.write().push(pairs.into_iter().next());
        let answers = answers.get_untracked();
        if answers.len() == count {
            act.run(Action::Pair(answers.into_iter().flatten().collect()));
        }
    });
    move || {
        let answers = answers.get();
        let question = questions.get(answers.len()).cloned()?;
        let is_taken = |id: &AccountId| answers.iter().flatten().any(|pair| pair.new == *id);
        let options = question.options.into_iter().filter(|option| !is_taken(&option.pair.new)).collect();
        Some(asked(Question { options, ..question }, answer))
    }
}

/// Returns the questions about a group: which of the old ones the only new one is, or else, about each of the old ones,
/// which of the new ones it is.
fn questions_about(LookAlikes { old, new }: LookAlikes) -> Vec<Question> {
    let pair =
        |old: &DatedAccount, new: &AccountName| AccountPair { old: old.name.id.clone(), new: new.id.clone() };
    if let [only] = new.as_slice() {
        let option = |old: DatedAccount| Choice {
            pair: pair(&old, only),
            state: connected_on(&old),
            icon: Icon::Dated,
            account: old.name,
        };
        let options = old.into_iter().map(option).collect();
        return vec![Question { heading: text::WHICH_OLD_HEADING, about: None, options }];
    }
    let is_one_of_many = old.len() > 1;
    let about = |old: DatedAccount| {
        let option = |new: &AccountName| Choice {
            pair: pair(&old, new),
            state: text::CONNECTED_NEW.to_owned(),
            icon: Icon::New,
            account: new.clone(),
        };
        let options = new.iter().map(option).collect();
        let about = is_one_of_many.then(|| [&names::account(&old.name), " · ", &connected_on(&old)].concat());
        Question { heading: text::WHICH_NEW_HEADING, about, options }
    };
    old.into_iter().map(about).collect()
}

/// Returns "Connected on May 3, 2025"; empty if nobody knows.
fn connected_on(account: &DatedAccount) -> String {
    account.on.map_or_else(String::new, |seconds| {
        #[expect(clippy::cast_precision_loss, reason = "exact for dates up to the year 285 million")]
        let date = names::at_time(seconds as f64 * 1_000.0);
        text::which_connected_on(&names::formatted_date(&date, true))
    })
}

fn asked(question: Question, answer: Callback<Action>) -> AnyView {
    let Question { heading, about, options } = question;
    let is_alike = |one: &Choice| options.iter().filter(|other| other.state == one.state).count() > 1;
    let rows: Vec<AnyView> = options
        .iter()
        .enumerate()
        .map(|(place, option)| {
            // Only the order tells apart those that look alike in everything.
            let mut name = names::account(&option.account);
            if is_alike(option) {
                name = [&name, " (", &(place + 1).to_string(), ")"].concat();
            }
            let button = RowButton {
                label: text::WHICH_THIS.to_owned(),
                about: Some([&name, " ", &option.state].concat()),
                action: Action::Pair(vec![option.pair.clone()]),
            };
            let row = Row {
                name,
                kind: names::subcategory(&option.account.subcategory).to_owned(),
                state: option.state.clone(),
                icon: option.icon,
                note: String::new(),
                button: Some(button),
            };
            let row = Memo::new(move |_| row.clone());
            view! { <AccountRow id=option.account.id.as_str().to_owned() row act=answer /> }.into_any()
        })
        .collect();
    view! {
        <Card name="which_account" heading=heading.to_owned()>
            {about.map(|text| view! { <Paragraph text /> })}
            <Paragraph text=text::WHICH_BODY />
            <ul class="accounts" part="accounts">{rows}</ul>
            <QuietButton label=text::WHICH_NONE act=answer action=Action::Pair(Vec::new()) />
        </Card>
    }
    .into_any()
}

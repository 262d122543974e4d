//! Explains what will happen and what will be shared, before any window opens.

use leptos::prelude::*;
use relink_flow::{self as flow, Action, Target};
use relink_protocol::stripe::Permission;
use relink_protocol::{Choice, PermissionChange};

use super::text;
use crate::screens::{names, trouble};
use crate::ui::{Card, DetailList, Mark, Paragraph, PrimaryButton, QuietButton};

#[component]
pub(crate) fn Explaining(explaining: Memo<flow::Explaining>, act: Callback<Action>) -> impl IntoView {
    let target = explaining.get_untracked().target;
    let bank = &target.account.name.institution_name;
    let (heading, next) = if target.choice == Choice::AnotherBank {
        (text::EXPLAINING_ANOTHER_HEADING.to_owned(), text::EXPLAINING_ANOTHER_CONTINUE.to_owned())
    } else if target.is_update() {
        (text::UPDATE.to_owned(), text::explaining_continue(bank))
    } else {
        (text::explaining_heading(bank), text::explaining_continue(bank))
    };
    // The account may change while the customer reads.
    let content = move || content(&explaining.read().target);
    view! {
        <Card name="explaining" heading>
            {content}
            <PrimaryButton label=next act action=Action::Continue />
            <QuietButton label=text::NOT_NOW act action=Action::Leave />
        </Card>
    }
}

fn content(target: &Target) -> impl IntoView + use<> {
    let (account, overview) = (&target.account, &target.overview);
    let merchant = &overview.merchant;
    let is_another_bank = target.choice == Choice::AnotherBank;
    let also = account.also_repairs.iter().filter(|_| !is_another_bank);
    let also =
        also.filter_map(|id| overview.account(id)).map(|account| names::account(&account.name)).collect();
    let stays = target.works().then(|| view! { <Paragraph text=text::EXPLAINING_STAYS /> });
    let warnings =
        (!is_another_bank).then(|| [trouble::bank_status(account), trouble::blocked(account, merchant)]);
    let warning = |text| view! { <Paragraph class="warning" text /> };
    view! {
        {warnings.into_iter().flatten().flatten().map(warning).collect_view()}
        <Paragraph text=window(target) />
        {permissions(merchant, &account.permissions, is_another_bank)}
        <DetailList intro=text::EXPLAINING_ALSO.to_owned() items=also mark=Mark::Broken />
        <Paragraph text=text::explaining_password(merchant) />
        {stays}
    }
}

/// Returns what to do in the bank window.
fn window(target: &Target) -> String {
    let (name, overview) = (&target.account.name, &target.overview);
    let bank = &name.institution_name;
    match &name.last4 {
        _ if target.choice == Choice::AnotherBank => text::EXPLAINING_ANOTHER_WINDOW.to_owned(),
        _ if !target.is_exact() => text::explaining_window_any(bank),
        Some(last4) => text::explaining_window(bank, last4),
        None => text::explaining_window_unnumbered(bank, &overview.merchant),
    }
}

/// Lists the permissions: once if nothing changes, otherwise what is added, kept and removed. At another bank, nothing
/// is shared yet.
fn permissions(
    merchant: &str,
    change: &PermissionChange<Permission>,
    is_another_bank: bool,
) -> impl IntoView + use<> {
    let items = |permissions: &[Permission]| permissions.iter().map(names::permission).collect::<Vec<_>>();
    let lists = if is_another_bank || !change.changes_anything() {
        let all = [change.kept.as_slice(), &change.added].concat();
        vec![(text::explaining_shares(merchant), items(&all), Mark::Check)]
    } else {
        vec![
            (text::explaining_new(merchant), items(&change.added), Mark::Check),
            (text::explaining_stays_shared(merchant), items(&change.kept), Mark::Check),
            (text::explaining_goes(merchant), items(&change.removed), Mark::Minus),
        ]
    };
    let list = |(intro, items, mark)| view! { <DetailList intro items mark /> };
    lists.into_iter().map(list).collect_view()
}

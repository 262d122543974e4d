//! The application: a live region, and the screen that the conversation is at.

use leptos::prelude::*;
use relink_flow::{Action, Stage, UncertainEffect};
use relink_protocol::AccountId;

use crate::conversation::Conversation;
use crate::element::ElementHost;
use crate::lazy::Loading;
use crate::outcome::Outcome;
use crate::screens::lazy::{
    AtBank, Checking, Explaining, FailedAttempt, LaterTexts, Paid, Paying, Preparing, Unrepairable,
    banner_content,
};
use crate::screens::{Browsing, FailedScreen, Opening, Screen, patience};
use crate::text;
use crate::ui::{Banner, Frame, screen_reader_text};

/// A conversation, drawn.
#[component]
pub(crate) fn App(conversation: Conversation) -> impl IntoView {
    let shown = Memo::new(move |last: Option<&Screen>| shown(conversation, last));
    let is_waiting =
        Memo::new(move |_| is_waiting(conversation) && !matches!(*shown.read(), Screen::Opening));
    let said = RwSignal::new(String::new());
    let on_draw = Callback::new(move |name| conversation.after_draw(&shown.read_untracked(), name));
    provide_context(Frame { said, is_waiting, takes_focus: conversation.takes_focus(), on_draw });
    announce_changes(conversation, said);
    load_when_needed(conversation, is_waiting, said);
    listen_to_the_browser(conversation);
    view! {
        // A live region must be in the page before its content.
        <p class="spoken" part="spoken" role="status">{move || said.get()}</p>
        {move || screen(shown.get(), conversation)}
    }
}

/// Draws a screen of the first file.
fn screen(screen: Screen, conversation: Conversation) -> AnyView {
    let act = conversation.act();
    match screen {
        Screen::Opening => view! { <Opening /> }.into_any(),
        Screen::Browsing => conversation
            .follow(|stage| if let Stage::Browsing(browsing) = stage { Some(browsing.clone()) } else { None })
            .map(|browsing| view! { <Browsing browsing act /> }.into_any())
            .into_any(),
        Screen::Failed(failure) => {
            view! { <FailedScreen failure effect=UncertainEffect::None act /> }.into_any()
        }
        Screen::NotLoaded(failure, effect) => {
            let act = Callback::new(move |_| conversation.restart());
            view! { <FailedScreen failure effect act /> }.into_any()
        }
        Screen::Later(_) => {
            let part = conversation.lazy().with_untracked(Loading::part);
            part.map(|part| (part.screen)(conversation, part.texts)).into_any()
        }
    }
}

/// Draws the later screen that the conversation is at. Called only through [`crate::lazy`].
pub(crate) fn later_screen(conversation: Conversation, texts: LaterTexts) -> AnyView {
    provide_context(texts);
    let act = conversation.act();
    match conversation.state().get_untracked().stage {
        Stage::Explaining(_) => conversation
            .follow(|stage| if let Stage::Explaining(stage) = stage { Some(stage.clone()) } else { None })
            .map(|explaining| view! { <Explaining explaining act /> }.into_any())
            .into_any(),
        Stage::Preparing(stage) => view! { <Preparing target=stage.target act /> }.into_any(),
        Stage::AtBank(_) => view! { <AtBank act /> }.into_any(),
        Stage::Checking(stage) => view! { <Checking patience=patience(&stage) act /> }.into_any(),
        Stage::Finished(finished) => view! { <Outcome finished act /> }.into_any(),
        Stage::Paying(stage) => {
            view! { <Paying purpose=stage.finished.target.overview.purpose /> }.into_any()
        }
        Stage::Paid(paid) => view! { <Paid paid act /> }.into_any(),
        Stage::Unrepairable(_) => conversation
            .follow(|stage| if let Stage::Unrepairable(stage) = stage { Some(stage.clone()) } else { None })
            .map(|unrepairable| view! { <Unrepairable unrepairable act /> }.into_any())
            .into_any(),
        Stage::Failed(failed) => {
            let own_page = own_page_url(conversation);
            view! { <FailedAttempt failed own_page act /> }.into_any()
        }
        // Screens of the first file.
        Stage::Opening(_) | Stage::Browsing(_) => ().into_any(),
    }
}

/// Place of the banner. Draws nothing before the lazily loaded part is there.
#[component]
pub(crate) fn BannerRegion(conversation: Conversation) -> impl IntoView {
    move || conversation.lazy().with(Loading::part).map(|part| (part.banner)(conversation, part.texts))
}

/// Draws the banner. Called only through [`crate::lazy`].
pub(crate) fn banner(conversation: Conversation, texts: LaterTexts) -> AnyView {
    provide_context(texts);
    // Other stages leave it as it is.
    let content = Memo::new(move |last: Option<&Option<_>>| {
        conversation.state().with(|state| {
            let Stage::Browsing(browsing) = &state.stage else { return last.cloned().flatten() };
            banner_content(&browsing.overview)
        })
    });
    let on_reconnect = Callback::new(move |account: AccountId| {
        conversation.press(Action::Choose(account));
        if let Some(api) = conversation.api() {
            api.host().open();
        }
    });
    let host = conversation.api().map(|api| api.host().clone());
    if let Some(host) = &host {
        // The page may have held the place until now.
        host.dispatch("banner", "{}");
    }
    let place = host.as_ref().and_then(ElementHost::banner_region);
    let heading_level = host.and_then(|host| host.heading_level()).filter(|level| !level.is_empty());
    view! { <Banner content place heading_level on_reconnect /> }.into_any()
}

/// Returns the screen to show. While a later screen waits for the lazily loaded part, that is the last one.
fn shown(conversation: Conversation, last: Option<&Screen>) -> Screen {
    let screen = conversation.state().with(|state| Screen::of(&state.stage));
    let Screen::Later(later) = &screen else { return screen };
    conversation.lazy().with(|lazy| match lazy {
        Loading::Done(_) => screen.clone(),
        Loading::Absent | Loading::Pending => last.cloned().unwrap_or(Screen::Opening),
        Loading::Restarting => Screen::Opening,
        Loading::Failed(failure) => {
            // An interrupted attempt may have succeeded.
            let effect =
                if later.is_before_the_bank() { UncertainEffect::None } else { UncertainEffect::Relink };
            Screen::NotLoaded(failure.clone(), effect)
        }
    })
}

/// True if the screen to show is a later one, whose code is not there yet.
fn is_waiting(conversation: Conversation) -> bool {
    conversation.state().with(Screen::is_later)
        && conversation.lazy().with(|lazy| matches!(lazy, Loading::Pending))
}

/// Fetches the lazily loaded part when a screen needs it, and says that a press was received.
fn load_when_needed(conversation: Conversation, is_waiting: Memo<bool>, said: RwSignal<String>) {
    let needs_it = Memo::new(move |_| {
        conversation.state().with(Screen::is_later) && conversation.lazy().with(|lazy| lazy.part().is_none())
    });
    Effect::new(move |_| {
        if needs_it.get() {
            conversation.load_lazy();
            if is_waiting.get_untracked() {
                said.set(text::WAITING.to_owned());
            }
        }
    });
}

/// Announces changes without the customer's doing, once.
fn announce_changes(conversation: Conversation, said: RwSignal<String>) {
    Effect::new(move |last: Option<Option<String>>| {
        // Nothing changes before the rest of the program listens.
        let part = conversation.lazy().with(Loading::part);
        let announcement =
            conversation.state().with(|state| part.and_then(|part| (part.announcement)(state, part.texts)));
        if announcement != last.flatten()
            && let Some(text) = &announcement
        {
            said.set(screen_reader_text(text));
        }
        announcement
    });
}

fn listen_to_the_browser(conversation: Conversation) {
    let online = window_event_listener_untyped("online", move |_| conversation.came_online());
    let seen = window_event_listener_untyped("visibilitychange", move |_| conversation.abort_wait());
    on_cleanup(move || {
        online.remove();
        seen.remove();
    });
}

/// Returns the URL of the companion server's own page; empty if this is that page.
fn own_page_url(conversation: Conversation) -> String {
    conversation.api().map(|api| api.host().own_page_url()).unwrap_or_default()
}

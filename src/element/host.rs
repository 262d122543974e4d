//! Interface between the program and the loader's custom element.

use std::fmt::{self, Debug, Formatter};

use js_sys::Promise;
use leptos::prelude::{AnyView, IntoAny as _, Owner, UnmountHandle, mount_to, provide_context, view};
use leptos::tachys::view::Render;
use relink_flow::{Action, Event};
use relink_protocol::AccountId;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

use crate::app::{App, BannerRegion};
use crate::conversation::Conversation;
use crate::effects::api::Api;
use crate::text::Language;

#[wasm_bindgen]
extern "C" {
    /// The custom element, as the loader presents it to one conversation.
    #[derive(Clone, Debug)]
    pub type ElementHost;

    /// Element to draw the screens into.
    #[wasm_bindgen(method, getter)]
    fn root(this: &ElementHost) -> HtmlElement;

    /// Element to draw the banner into, if this is a banner.
    #[wasm_bindgen(method, getter, js_name = notice)]
    pub(crate) fn banner_region(this: &ElementHost) -> Option<HtmlElement>;

    /// Texts, one a line, as written by `relink_messages`.
    #[wasm_bindgen(method, getter, js_name = words)]
    fn texts(this: &ElementHost) -> String;

    /// Locale for dates and numbers.
    #[wasm_bindgen(method, getter)]
    fn locale(this: &ElementHost) -> String;

    #[wasm_bindgen(method, getter)]
    fn element(this: &ElementHost) -> Attributes;

    /// URL of the companion server's own page, to offer if this page blocks relink; empty if this is that page.
    #[wasm_bindgen(method, getter, js_name = page)]
    pub(crate) fn own_page_url(this: &ElementHost) -> String;

    /// Level of the element's headings, from 1 to 6; empty for the usual ones, `None` from an older loader.
    #[wasm_bindgen(method, getter, js_name = headingLevel)]
    pub(crate) fn heading_level(this: &ElementHost) -> Option<String>;

    /// True if the companion server has the origin of the element's script.
    #[wasm_bindgen(method, getter, js_name = isHome)]
    pub(crate) fn is_home(this: &ElementHost) -> bool;

    /// Response with the accounts, requested while the program was loading.
    #[wasm_bindgen(method, getter, js_name = accounts)]
    pub(crate) fn first_accounts(this: &ElementHost) -> Promise;

    /// Returns the customer's token, which all elements of the customer share; not a string if the customer is signed
    /// out. Requests another one if this is `refused`. Fails if the merchant does not respond. Loaders up to 0.1.0 request
    /// one each time.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn token(this: &ElementHost, refused: Option<String>) -> Result<JsValue, JsValue>;

    /// Number of the customer, which elements of the page share. Fails in loaders up to 0.1.0, whose elements share
    /// nothing.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn customer(this: &ElementHost) -> Result<Option<u32>, JsValue>;

    /// Dispatches an event to the page; `detail` is JSON. `screen` and `banner`, which are dispatched once either is drawn, are
    /// for the loader.
    #[wasm_bindgen(method, js_name = tell)]
    pub(crate) fn dispatch(this: &ElementHost, name: &str, detail: &str);

    /// Waits until the page has made way for a bank window, as it may ask to when it is told of one, for two seconds at
    /// most. Fails in loaders up to 0.1.0, whose pages can't ask.
    #[wasm_bindgen(method, catch, js_name = pageIsReady)]
    pub(crate) async fn page_is_ready(this: &ElementHost) -> Result<JsValue, JsValue>;

    /// Opens the dialog that contains the screens.
    #[wasm_bindgen(method)]
    pub(crate) fn open(this: &ElementHost);

    /// Reports that the customer has left a screen.
    #[wasm_bindgen(method, js_name = left)]
    pub(crate) fn customer_left(this: &ElementHost);

    /// Fetches the current names of the program's files, and restarts with those.
    #[wasm_bindgen(method, js_name = renew)]
    pub(crate) fn restart_with_new_files(this: &ElementHost);

    /// Attributes of the element. Changing one starts another conversation.
    type Attributes;

    /// Account that the element is about; empty for all accounts.
    #[wasm_bindgen(method, getter)]
    fn account(this: &Attributes) -> String;

    /// Address of the companion server, without a slash at its end.
    #[wasm_bindgen(method, getter)]
    fn server(this: &Attributes) -> String;

    /// Relink request whose link the customer has opened, used in place of a token; empty without one.
    #[wasm_bindgen(method, getter)]
    fn link(this: &Attributes) -> String;
}

/// A conversation that runs in an element. Freeing it ends the conversation and releases its resources.
#[wasm_bindgen]
pub struct Mounted {
    conversation: Conversation,
    /// The screens, and the banner if there is one.
    _views: Vec<UnmountHandle<<AnyView as Render>::State>>,
    /// Owner of the conversation's signals, dropped after the views.
    _owner: Owner,
}

/// Starts a conversation in an element.
#[wasm_bindgen]
pub fn mount(host: ElementHost) -> Mounted {
    let (root, banner_region) = (host.root(), host.banner_region());
    let language = Language::new(host.texts(), host.locale());
    let element = host.element();
    let account = AccountId::try_from(element.account()).ok();
    let api = Api::new(host, language, [element.server(), element.link()]);
    // The loader's placeholder.
    root.set_text_content(None);
    let owner = Owner::new();
    owner.with(|| {
        provide_context(language);
        let conversation = Conversation::start(api, root.clone(), account);
        let mut views = vec![mount_to(root, move || view! { <App conversation /> }.into_any())];
        views.extend(
            banner_region
                .map(|region| mount_to(region, move || view! { <BannerRegion conversation /> }.into_any())),
        );
        Mounted { conversation, _views: views, _owner: owner.clone() }
    })
}

#[wasm_bindgen]
impl Mounted {
    /// Goes back to the accounts, if the stage allows it.
    pub fn leave(&self) {
        self.conversation.send(Event::Action(Action::Leave));
    }

    /// Reports that the customer is at the element: from now on, each new screen takes the focus.
    #[wasm_bindgen(js_name = attend)]
    pub fn enable_focus(&self) {
        self.conversation.enable_focus();
    }
}

impl Debug for Mounted {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mounted").field("conversation", &self.conversation).finish_non_exhaustive()
    }
}

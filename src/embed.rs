//! Interface between the program and the loader's custom element.

use std::fmt::{self, Debug, Formatter};

use js_sys::Promise;
use leptos::prelude::{UnmountHandle, mount_to};
use leptos::tachys::renderer::types::Placeholder;
use relink_flow::{Action, Event};
use relink_protocol::AccountId;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

use crate::api::Api;
use crate::app;
use crate::runtime::Runtime;
use crate::text::Spoken;

#[wasm_bindgen]
extern "C" {
    /// The custom element, as the loader presents it to one conversation.
    #[derive(Clone, Debug)]
    pub type Host;

    /// Element to draw the screens into.
    #[wasm_bindgen(method, getter)]
    fn root(this: &Host) -> HtmlElement;

    /// Element to draw the banner into, if this is a banner.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn notice(this: &Host) -> Option<HtmlElement>;

    /// Texts, one a line, as written by `relink_texts`.
    #[wasm_bindgen(method, getter)]
    fn words(this: &Host) -> String;

    /// Locale for dates and numbers.
    #[wasm_bindgen(method, getter)]
    fn locale(this: &Host) -> String;

    #[wasm_bindgen(method, getter)]
    fn element(this: &Host) -> Attributes;

    /// URL of the companion server's own page, to offer if this page blocks relink; empty if this is that page.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn page(this: &Host) -> String;

    /// True if the companion server is also the origin of the element's script.
    #[wasm_bindgen(method, getter, js_name = isHome)]
    pub(crate) fn is_home(this: &Host) -> bool;

    /// Result of [`Host::token`], requested while the program was loading.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn first(this: &Host) -> Promise;

    /// Response of `GET /api/accounts` with that token, requested while the program was loading.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn accounts(this: &Host) -> Promise;

    /// Returns the customer's token; not a string if the customer is signed out. Fails if the merchant does not
    /// respond.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn token(this: &Host) -> Result<JsValue, JsValue>;

    /// Dispatches an event to the page; `detail` is JSON.
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &Host, name: &str, detail: &str);

    /// Opens the dialog that contains the screens.
    #[wasm_bindgen(method)]
    pub(crate) fn open(this: &Host);

    /// Reports that the customer has left a screen.
    #[wasm_bindgen(method)]
    pub(crate) fn left(this: &Host);

    /// Fetches the current names of the program's files, and restarts with those.
    #[wasm_bindgen(method)]
    pub(crate) fn renew(this: &Host);

    /// Attributes of the element. Changing one starts another conversation.
    type Attributes;

    /// Account that the element is about; empty for all accounts.
    #[wasm_bindgen(method, getter)]
    fn account(this: &Attributes) -> String;

    /// Origin of the companion server.
    #[wasm_bindgen(method, getter)]
    fn server(this: &Attributes) -> String;

    /// Relink request whose link the customer has opened, used in place of a token; empty without one.
    #[wasm_bindgen(method, getter)]
    fn link(this: &Attributes) -> String;
}

/// A conversation that runs in an element. Freeing it ends the conversation and releases its resources.
#[wasm_bindgen]
pub struct Mounted {
    runtime: Runtime,
    _drawn: UnmountHandle<Placeholder>,
}

/// Starts a conversation in an element.
#[wasm_bindgen]
pub fn mount(host: Host) -> Mounted {
    let (root, spoken) = (host.root(), Spoken::new(host.words(), host.locale()));
    let element = host.element();
    let account = AccountId::try_from(element.account()).ok();
    let runtime = Runtime::start(Api::new(host, spoken, [element.server(), element.link()]), account);
    let drawn = runtime.clone();
    Mounted { runtime, _drawn: mount_to(root.clone(), move || app::draw(&root, drawn)) }
}

#[wasm_bindgen]
impl Mounted {
    /// Goes back to the accounts, if the stage allows it.
    pub fn leave(&self) {
        self.runtime.send(Event::Pressed(Action::Leave));
    }

    /// Reports that the customer is at the element: from now on, each new screen takes the focus.
    pub fn attend(&self) {
        self.runtime.attend();
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.runtime.stop();
    }
}

impl Debug for Mounted {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mounted").field("runtime", &self.runtime).finish_non_exhaustive()
    }
}

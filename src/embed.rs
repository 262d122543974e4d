//! The element's side in the program: what the loader hands over, and what it gets back.

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
    /// An element of the page, as the loader sees it for as long as one conversation runs in it.
    #[derive(Clone, Debug)]
    pub type Host;

    /// What is drawn into.
    #[wasm_bindgen(method, getter)]
    fn root(this: &Host) -> HtmlElement;

    /// Where a banner says that something needs the reader, in an element that is one.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn notice(this: &Host) -> Option<HtmlElement>;

    /// Lines, as `relink_texts` writes them.
    #[wasm_bindgen(method, getter)]
    fn words(this: &Host) -> String;

    /// Whose dates and numbers.
    #[wasm_bindgen(method, getter)]
    fn locale(this: &Host) -> String;

    #[wasm_bindgen(method, getter)]
    fn element(this: &Host) -> Attributes;

    /// The companion server's own page, the way out where this one is in the way; empty where this is that page.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn page(this: &Host) -> String;

    /// Whether the companion server is where the element's script came from.
    #[wasm_bindgen(method, getter, js_name = isHome)]
    pub(crate) fn is_home(this: &Host) -> bool;

    /// What [`Host::token`] gives, asked for while the program came.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn first(this: &Host) -> Promise;

    /// The answer to `GET /api/accounts` with that token, likewise.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn accounts(this: &Host) -> Promise;

    /// The customer's token; not a text where nobody is signed in. Fails where nobody answers.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn token(this: &Host) -> Result<JsValue, JsValue>;

    /// Something that the page may want to know; `detail` is JSON.
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &Host, name: &str, detail: &str);

    /// Opens the dialog that we are drawn into.
    #[wasm_bindgen(method)]
    pub(crate) fn open(this: &Host);

    /// The reader has left what they were at.
    #[wasm_bindgen(method)]
    pub(crate) fn left(this: &Host);

    /// Fetches the names of the program's files anew, and begins anew with those.
    #[wasm_bindgen(method)]
    pub(crate) fn renew(this: &Host);

    /// The element itself: what its attributes say. A change of them begins another conversation.
    type Attributes;

    /// The account that the element is about, if it is about one.
    #[wasm_bindgen(method, getter)]
    fn account(this: &Attributes) -> String;

    /// The companion server's origin.
    #[wasm_bindgen(method, getter)]
    fn server(this: &Attributes) -> String;

    /// The relink request whose link the customer has opened, which stands for a token; empty without one.
    #[wasm_bindgen(method, getter)]
    fn link(this: &Attributes) -> String;
}

/// A conversation that runs in an element. Freeing it ends that, and everything that it holds.
#[wasm_bindgen]
pub struct Mounted {
    runtime: Runtime,
    _drawn: UnmountHandle<Placeholder>,
}

/// Begins a conversation in an element.
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
    /// Back to the accounts, where that can be.
    pub fn leave(&self) {
        self.runtime.send(Event::Pressed(Action::Leave));
    }

    /// The reader is here: from now on each new screen takes the focus.
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

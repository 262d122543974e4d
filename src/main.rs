//! Starts the page.

// No `main` as the standard library has it: it would prepare for arguments, threads and output.
#![cfg_attr(all(target_arch = "wasm32", not(test)), no_main)]

#[cfg_attr(all(target_arch = "wasm32", not(test)), wasm_bindgen::prelude::wasm_bindgen(start))]
fn main() {
    relink::start();
}

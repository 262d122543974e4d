//! The program that the loader starts. Its only entry point is `relink::mount`.

// No `main` of the standard library, which would set up arguments, threads and output.
#![cfg_attr(all(target_arch = "wasm32", not(test)), no_main)]

use relink as _;

#[cfg(not(all(target_arch = "wasm32", not(test))))]
fn main() {}

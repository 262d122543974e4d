//! The program that the loader starts. All that it can be asked is in `relink::mount`.

// No `main` as the standard library has it: it would prepare for arguments, threads and output.
#![cfg_attr(all(target_arch = "wasm32", not(test)), no_main)]

use relink as _;

#[cfg(not(all(target_arch = "wasm32", not(test))))]
fn main() {}

// What `cargo xtask` puts in the place of these names: see xtask/src/element.rs.

/** The names of our files. */
declare const FILES: { style: string; glue: string; wasm: string; words: string };
/** The line of each text in every language's file. */
declare const LINE: { [key: string]: number };

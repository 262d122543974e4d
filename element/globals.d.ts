// Constants that `cargo xtask` inserts: see xtask/src/element.rs.

/** Names of the program's files. */
declare const FILES: { style: string; glue: string; wasm: string; words: string };
/** Line number of each text in every language's file. */
declare const LINE: { [key: string]: number };

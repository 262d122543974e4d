//! Journeys that only Chromium's driver can perform. With other engines, they are left out and not counted.
//!
//! | journeys | why |
//! |---|---|
//! | `console`, `accessibility` | no other driver turns a page dark, or sets forced colours, while it is open |
//! | `client_secret` | no other driver reports the bodies of all requests and responses, from every frame, and every cookie
//! |

mod accessibility;
mod checks;
mod client_secret;
mod console;

//! Journeys that only Chromium's driver can be taken on. Elsewhere they are left out, and not counted.
//!
//! | journeys | why |
//! |---|---|
//! | `console`, `everyone` | no other driver turns a page dark, or gives it forced colours, while it is open |
//! | `secret` | no other driver shows the bodies of all requests and answers, whoever made them, and every cookie |

mod console;
mod everyone;
mod looks;
mod secret;

//! Journeys that only Chromium's driver can perform. With other engines, they are left out and not counted.
//!
//! | journeys | why |
//! |---|---|
//! | `console`, `accessibility` | no other driver turns a page dark, or sets forced colours, while it is open |
//! | `client_secret` | no other driver reports all bodies of requests and responses, from all frames, and all cookies |
//! | `console_table`, `console_times` | no other driver sets the size of the screen or the time zone |
//! | `cookies` | no other driver blocks cookies while it is open |
//! | `next_step` | the windows of other engines can't be as small as a phone |
//! | `one_origin`, `over_tls` | no other driver maps host names to ports, trusts one certificate, and reports refused requests |
//! | `served_html` | needs no browser, so it runs once |
//! | `trusted_types` | the other engines of the tests don't know them yet |

mod accessibility;
mod checks;
mod client_secret;
mod console;
mod console_table;
mod console_times;
mod cookies;
mod next_step;
mod one_origin;
mod over_tls;
mod served_html;
mod trusted_types;

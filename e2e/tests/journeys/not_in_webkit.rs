//! Journeys that WebKit's driver can't perform. With WebKit, they are left out and not counted.
//!
//! | journeys | why |
//! |---|---|
//! | `hidden` | the driver opens another tab without showing it, so that no page is ever hidden |

mod hidden;

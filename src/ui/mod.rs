//! Components that the screens share: data in, callbacks out. They know neither the conversation nor the server.
//!
//! They return [`leptos::prelude::AnyView`], so that the code of each exists once: the type of a view contains those of
//! its children, and Leptos generates code for every type.

#![expect(clippy::needless_pass_by_value, reason = "components own their props")]

mod account_row;
mod account_text;
mod bank_window;
mod banner;
mod button;
mod card;
mod detail_list;
mod dismissed;
mod paragraph;
mod readers_place;

pub(crate) use account_row::{AccountRow, Icon, Row, RowButton};
pub(crate) use account_text::{AccountText, screen_reader_text};
pub(crate) use bank_window::is_bank_window_covered;
pub(crate) use banner::{Banner, BannerContent};
pub(crate) use button::{Button, PrimaryButton, QuietButton, QuietLink};
pub(crate) use card::{Attention, Card, Frame, Tone};
pub(crate) use detail_list::{DetailList, Details, Mark};
pub(crate) use paragraph::Paragraph;
pub(crate) use readers_place::ReadersPlace;

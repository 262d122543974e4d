//! Building blocks of the screens, independent of the stages.

mod account_text;
mod banner;
mod card;
mod dismissed;
mod element;
mod mend;
mod screen;
mod scroll_anchor;

pub(crate) use banner::{Banner, BannerRegion};
pub(crate) use card::{Attention, Button, Card, Icon, List, Mark, Row, Tone};
pub(crate) use mend::redraw;
pub(crate) use screen::Screen;

//! Building blocks of the screens, independent of the stages.

mod away;
mod banner;
mod card;
mod element;
mod mend;
mod place;
mod screen;
mod words;

pub(crate) use banner::{Banner, Notice};
pub(crate) use card::{Attention, Button, Card, Icon, List, Mark, Row, Tone};
pub(crate) use mend::redraw;
pub(crate) use screen::Screen;

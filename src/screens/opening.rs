//! First paint, while the accounts are loading.

use crate::text;
use crate::ui::{Attention, Card};

pub(super) fn draw() -> Card {
    Card { attention: Attention::None, ..Card::new("opening", text::LOADING).busy() }
}

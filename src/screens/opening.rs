//! First paint.

use crate::text;
use crate::ui::{Attention, Block, Card};

pub(super) fn draw() -> Card {
    Card { attention: Attention::None, ..Card::new("opening", text::LOADING).block(Block::Progress) }
}

//! Starts the page.

fn main() {
    relink::start();
}

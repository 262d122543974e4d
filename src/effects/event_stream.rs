//! Incremental parser of server-sent events. There is only one kind of event, so only its occurrence matters.

/// Parses a stream from its beginning.
#[derive(Debug)]
pub(super) struct EventStream {
    is_line_new: bool,
    /// True if the current event has data; without data, it is a comment.
    has_data: bool,
}

impl EventStream {
    pub(super) fn new() -> Self {
        Self { is_line_new: true, has_data: false }
    }

    /// Returns true if an event ends in this chunk.
    pub(super) fn has_event(&mut self, piece: &[u8]) -> bool {
        let mut is_complete = false;
        for byte in piece {
            match byte {
                b'\r' => {}
                // An empty line ends an event.
                b'\n' if self.is_line_new => {
                    is_complete |= self.has_data;
                    self.has_data = false;
                }
                b'\n' => self.is_line_new = true,
                _ => {
                    self.has_data |= self.is_line_new && *byte == b'd';
                    self.is_line_new = false;
                }
            }
        }
        is_complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGE: &str = "id: 7\nevent: accounts\ndata: {}\n\n";

    fn tells(stream: &str) -> bool {
        EventStream::new().has_event(stream.as_bytes())
    }

    #[test]
    fn a_change_is_told_by_an_event() {
        assert!(tells(CHANGE));
        assert!(tells(&CHANGE.replace('\n', "\r\n")));
        assert!(tells(&[": still here\n\n", CHANGE].concat()));
    }

    #[test]
    fn comments_and_empty_events_are_ignored() {
        for stream in ["", "\n\n", ": still here\n\n", ": data: {}\n\n", "id: d\n\n", "retry: 1000\n\n"] {
            assert!(!tells(stream), "{stream:?}");
        }
    }

    #[test]
    fn an_event_counts_once_it_has_ended_wherever_it_is_cut() {
        for cut in 0..CHANGE.len() {
            let (first, second) = CHANGE.split_at(cut);
            let mut stream = EventStream::new();
            assert!(!stream.has_event(first.as_bytes()), "{first:?}");
            assert!(stream.has_event(second.as_bytes()), "{second:?}");
            assert!(!stream.has_event(b"\n\n"), "reported once");
        }
    }
}

//! Content lines (RFC 5545, 3.1): unfolding, and a line's name, parameters and value.

/// A line of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// In upper case.
    pub(super) name: String,
    /// Names in upper case, values without their quotes.
    params: Vec<(String, String)>,
    /// As it stands.
    pub(super) value: String,
}

impl Line {
    /// A parameter's value.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Reads a line; none when it has no name or no value.
    pub(super) fn read(text: &str) -> Option<Self> {
        let colon = outside_quotes(text, ':').next()?;
        let (head, value) = (&text[..colon], &text[colon + 1..]);
        let mut starts = outside_quotes(head, ';').map(|at| at + 1).collect::<Vec<_>>();
        starts.push(head.len() + 1);
        let name = &head[..starts[0] - 1];
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        if !is_name(name) {
            return None;
        }
        let params = starts.windows(2).filter_map(|ends| head[ends[0]..ends[1] - 1].split_once('='));
        let params = params.map(|(name, value)| (name.to_ascii_uppercase(), value.trim_matches('"').to_owned()));
        Some(Self { name: name.to_ascii_uppercase(), params: params.collect(), value: value.to_owned() })
    }
}

/// The places of a character that stand in no quotes.
fn outside_quotes(text: &str, wanted: char) -> impl Iterator<Item = usize> {
    let mut is_quoted = false;
    text.char_indices().filter_map(move |(at, character)| {
        is_quoted ^= character == '"';
        (!is_quoted && character == wanted).then_some(at)
    })
}

/// The lines of a text as they were before they were folded. Empty lines are left out; lines may end in LF alone.
pub(super) fn unfolded(text: &str) -> impl Iterator<Item = String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parts = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).peekable();
    std::iter::from_fn(move || {
        let mut line = parts.next()?.to_owned();
        while let Some(rest) = parts.next_if(|part| part.starts_with([' ', '\t'])) {
            line.push_str(&rest[1..]);
        }
        Some(line)
    })
    .filter(|line| !line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_line_has_a_name_parameters_and_a_value() {
        let line = Line::read("dtstart;tzid=\"Kyiv; old: \";X-A=b:20260302T100000").unwrap();
        assert_eq!((line.name.as_str(), line.value.as_str()), ("DTSTART", "20260302T100000"));
        assert_eq!((line.param("TZID"), line.param("X-A"), line.param("X")), (Some("Kyiv; old: "), Some("b"), None));
        for text in ["", ":", "DTSTART", "a b:c", "ATTENDEE;CN=\"a:b", ";A=b:c"] {
            assert_eq!(Line::read(text), None, "{text}");
        }
    }

    #[test]
    fn folded_lines_are_whole_again() {
        let lines: Vec<_> = unfolded("\u{feff}A:на\r\n ди\r\n\tво\r\n\r\nB:c\n  d\n").collect();
        assert_eq!(lines, ["A:надиво", "B:c d"]);
    }
}

//! A look at the text before the parser: it recurses with each bracket, so brackets are counted first.

/// More brackets inside one another than this are in no honest operation.
const NESTING: usize = 50;

/// Refuses a text of more than `tokens` tokens or with brackets nested too deeply. Not a lexer: it knows strings and
/// comments, and takes a run of letters and digits for one token.
pub(super) fn check(text: &str, tokens: usize) -> Result<(), String> {
    let mut scan = Scan { rest: text.as_bytes(), nesting: 0, tokens: 0 };
    while scan.step() {
        if scan.nesting > NESTING {
            return Err(format!("The operation nests brackets more than {NESTING} levels deep."));
        }
        if scan.tokens > tokens {
            return Err(format!("The operation has more than {tokens} tokens."));
        }
    }
    Ok(())
}

struct Scan<'a> {
    rest: &'a [u8],
    nesting: usize,
    tokens: usize,
}

impl Scan<'_> {
    /// Takes the next token or gap; false at the end.
    fn step(&mut self) -> bool {
        let Some(&first) = self.rest.first() else { return false };
        let length = match first {
            b'#' => self.until(|byte| byte == b'\n' || byte == b'\r'),
            b'"' => self.string(),
            b'{' | b'(' | b'[' => {
                self.nesting += 1;
                1
            }
            b'}' | b')' | b']' => {
                self.nesting = self.nesting.saturating_sub(1);
                1
            }
            byte if is_word(byte) => self.until(|byte| !is_word(byte)),
            _ => 1,
        };
        if !matches!(first, b'#' | b' ' | b'\t' | b'\n' | b'\r' | b',') {
            self.tokens += 1;
        }
        self.rest = &self.rest[length..];
        true
    }

    fn until(&self, end: impl Fn(u8) -> bool) -> usize {
        self.rest.iter().position(|byte| end(*byte)).unwrap_or(self.rest.len())
    }

    /// The length of the string at the beginning; an open one goes to the end, and the parser will say so.
    fn string(&self) -> usize {
        let quotes: &[u8] = if self.rest.starts_with(b"\"\"\"") { b"\"\"\"" } else { b"\"" };
        let mut at = quotes.len();
        while at < self.rest.len() {
            let rest = &self.rest[at..];
            match rest[0] {
                b'\\' => at += 2,
                _ if rest.starts_with(quotes) => return at + quotes.len(),
                _ => at += 1,
            }
        }
        self.rest.len()
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_and_comments_are_text() {
        let open = "[".repeat(80);
        assert_eq!(
            check(&format!("{{ a(b: \"{open}\\\"{open}\") # {open}\n c(d: \"\"\"{open}\"{open}\"\"\") }}"), 100),
            Ok(())
        );
        assert!(check(&format!("{{ a(b: {open}"), 1_000).is_err());
        assert!(check(&"{a".repeat(100_000), 1_000_000).is_err());
    }

    #[test]
    fn tokens_are_counted_and_gaps_are_not() {
        assert_eq!(check("{ a, b,\n\tc }", 5), Ok(()));
        assert!(check("{ a b c }", 4).is_err());
    }

    #[test]
    fn an_open_string_ends_the_scan() {
        assert_eq!(check("{ a(b: \"\\", 100), Ok(()));
        assert_eq!(check("\"\"\"", 100), Ok(()));
    }
}

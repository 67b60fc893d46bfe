//! Tokens. What the grammar ignores (white space, commas, comments, byte order marks) is skipped here.

use async_graphql::Pos;

use super::{Fault, quoted};

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// One of `! $ & ( ) : = @ [ ] { | }`.
    Mark(char),
    /// `...`
    Spread,
    Name(&'a str),
    Int(&'a str),
    Float(&'a str),
    /// A string or block string, its escapes resolved.
    Text(String),
    End,
}

impl Token<'_> {
    /// How messages call it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Mark(mark) => format!("\"{mark}\""),
            Self::Spread => "\"...\"".to_owned(),
            Self::Name(text) | Self::Int(text) | Self::Float(text) => quoted(text),
            Self::Text(_) => "a string".to_owned(),
            Self::End => "the end of the document".to_owned(),
        }
    }
}

/// Takes tokens off the front of a text.
pub(super) struct Lexer<'a> {
    rest: &'a str,
    pos: Pos,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, pos: Pos { line: 1, column: 1 } }
    }

    /// The next token and where it begins.
    pub(super) fn next(&mut self) -> Result<(Token<'a>, Pos), Fault> {
        self.skip_ignored();
        let pos = self.pos;
        let Some(first) = self.rest.chars().next() else { return Ok((Token::End, pos)) };
        let token = match first {
            '!' | '$' | '&' | '(' | ')' | ':' | '=' | '@' | '[' | ']' | '{' | '|' | '}' => {
                self.take(1);
                Token::Mark(first)
            }
            '.' if self.rest.starts_with("...") => {
                self.take(3);
                Token::Spread
            }
            '"' if self.rest.starts_with("\"\"\"") => Token::Text(self.block_string()?),
            '"' => Token::Text(self.string()?),
            '-' | '0'..='9' => self.number()?,
            _ if is_name_start(first) => Token::Name(self.take_while(is_name)),
            _ => return Err(Fault::syntax(pos, format!("Unexpected character {}.", quoted(&first.to_string())))),
        };
        Ok((token, pos))
    }

    fn skip_ignored(&mut self) {
        loop {
            let Some(first) = self.rest.chars().next() else { return };
            match first {
                ' ' | '\t' | ',' | '\u{feff}' => self.take(first.len_utf8()),
                '\n' | '\r' => self.end_line(),
                '#' => {
                    let length = self.rest.find(['\n', '\r']).unwrap_or(self.rest.len());
                    self.take(length)
                }
                _ => return,
            };
        }
    }

    /// Takes bytes that hold no end of a line.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.pos.column += taken.chars().count();
        taken
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(|next| !belongs(next)).unwrap_or(self.rest.len()))
    }

    fn end_line(&mut self) -> &'a str {
        let (taken, rest) = self.rest.split_at(if self.rest.starts_with("\r\n") { 2 } else { 1 });
        self.rest = rest;
        self.pos = Pos { line: self.pos.line + 1, column: 1 };
        taken
    }

    fn number(&mut self) -> Result<Token<'a>, Fault> {
        let (start, pos) = (self.rest, self.pos);
        let invalid = || Fault::syntax(pos, "This is not a number.");
        if self.rest.starts_with('-') {
            self.take(1);
        }
        let whole = self.take_while(|next| next.is_ascii_digit());
        if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
            return Err(invalid());
        }
        let mut is_float = false;
        if self.rest.starts_with('.') {
            is_float = true;
            self.take(1);
            if self.take_while(|next| next.is_ascii_digit()).is_empty() {
                return Err(invalid());
            }
        }
        if self.rest.starts_with(['e', 'E']) {
            is_float = true;
            self.take(1);
            if self.rest.starts_with(['+', '-']) {
                self.take(1);
            }
            if self.take_while(|next| next.is_ascii_digit()).is_empty() {
                return Err(invalid());
            }
        }
        if self.rest.starts_with(|next: char| next == '.' || is_name_start(next)) {
            return Err(invalid());
        }
        let text = &start[..start.len() - self.rest.len()];
        Ok(if is_float { Token::Float(text) } else { Token::Int(text) })
    }

    fn string(&mut self) -> Result<String, Fault> {
        let start = self.pos;
        self.take(1);
        let mut value = String::new();
        loop {
            value.push_str(self.take_while(|next| !matches!(next, '"' | '\\' | '\n' | '\r')));
            match self.rest.chars().next() {
                Some('"') => {
                    self.take(1);
                    return Ok(value);
                }
                Some('\\') => value.push(self.escape()?),
                _ => return Err(Fault::syntax(start, "This string has no end.")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let pos = self.pos;
        self.take(1);
        let Some(kind) = self.rest.chars().next() else { return Err(Fault::syntax(pos, "This string has no end.")) };
        let simple = match kind {
            '"' | '\\' | '/' => kind,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                self.take(1);
                return self.unicode().ok_or_else(|| Fault::syntax(pos, "This is not the escape of a character."));
            }
            _ => return Err(Fault::syntax(pos, "There is no such escape in a string.")),
        };
        self.take(1);
        Ok(simple)
    }

    /// What follows `\u`: four digits, two such halves of a pair, or any number of digits in braces.
    fn unicode(&mut self) -> Option<char> {
        if self.rest.starts_with('{') {
            let end = self.rest.find(['}', '"', '\n', '\r']).filter(|end| self.rest[*end..].starts_with('}'))?;
            let digits = &self.take(end + 1)[1..end];
            return hexadecimal(digits).and_then(char::from_u32);
        }
        let unit = self.four_digits()?;
        if !(0xD800..0xDC00).contains(&unit) {
            return char::from_u32(unit);
        }
        if !self.rest.starts_with("\\u") {
            return None;
        }
        self.take(2);
        let low = self.four_digits().filter(|low| (0xDC00..0xE000).contains(low))?;
        char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
    }

    fn four_digits(&mut self) -> Option<u32> {
        let value = hexadecimal(self.rest.get(..4)?)?;
        self.take(4);
        Some(value)
    }

    fn block_string(&mut self) -> Result<String, Fault> {
        const QUOTES: &str = "\"\"\"";
        let start = self.pos;
        self.take(QUOTES.len());
        let mut raw = String::new();
        loop {
            raw.push_str(self.take_while(|next| !matches!(next, '"' | '\\' | '\n' | '\r')));
            if self.rest.starts_with(QUOTES) {
                self.take(QUOTES.len());
                return Ok(without_indent(&raw));
            }
            if self.rest.starts_with("\\\"\"\"") {
                self.take(1 + QUOTES.len());
                raw.push_str(QUOTES);
                continue;
            }
            match self.rest.chars().next() {
                None => return Err(Fault::syntax(start, "This string has no end.")),
                Some('\n' | '\r') => {
                    self.end_line();
                    raw.push('\n');
                }
                Some(_) => raw.push_str(self.take(1)),
            }
        }
    }
}

/// The value of a block string: the indent that all lines but the first share, and empty lines at both ends, are layout.
fn without_indent(raw: &str) -> String {
    let blank = |line: &str| line.chars().all(|next| matches!(next, ' ' | '\t'));
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = raw.split('\n').skip(1).filter(|line| !blank(line)).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> = raw
        .split('\n')
        .enumerate()
        .map(|(at, line)| if at == 0 { line } else { line.get(common..).unwrap_or("") })
        .collect();
    let first = lines.iter().position(|line| !blank(line)).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| !blank(line)).map_or(first, |last| last + 1);
    lines[first..last].join("\n")
}

fn hexadecimal(digits: &str) -> Option<u32> {
    // from_str_radix would take a sign.
    let is_valid = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_valid.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

fn is_name_start(next: char) -> bool {
    next.is_ascii_alphabetic() || next == '_'
}

fn is_name(next: char) -> bool {
    next.is_ascii_alphanumeric() || next == '_'
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn tokens(text: &str) -> Result<Vec<Token<'_>>, Fault> {
        let mut lexer = Lexer::new(text);
        let mut tokens = Vec::new();
        loop {
            match lexer.next()?.0 {
                Token::End => return Ok(tokens),
                token => tokens.push(token),
            }
        }
    }

    fn string(text: &str) -> Option<String> {
        match tokens(text).ok()?.as_slice() {
            [Token::Text(value)] => Some(value.clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_grammar_ignores_is_no_token() {
        let text = "\u{feff} ,\t{ a # } \u{feff}b\r\n...,c\u{feff}}\r#";
        let marks = [Token::Mark('{'), Token::Name("a"), Token::Spread, Token::Name("c"), Token::Mark('}')];
        assert_eq!(tokens(text).unwrap(), marks);
    }

    #[test]
    fn places_are_lines_and_characters() {
        let mut lexer = Lexer::new("\"їжак\" a\r\n\r  \"\"\"\n\n  \"\"\" b");
        let places: Vec<_> = std::iter::from_fn(|| lexer.next().ok().filter(|(token, _)| *token != Token::End))
            .map(|(_, pos)| (pos.line, pos.column))
            .collect();
        assert_eq!(places, [(1, 1), (1, 8), (3, 3), (5, 7)]);
    }

    #[test]
    fn escapes_of_strings() {
        assert_eq!(string(r#""\" \\ \/ \b\f\n\r\t""#).unwrap(), "\" \\ / \u{8}\u{c}\n\r\t");
        assert_eq!(string(r#""\u0457 \u{1F980} \u{457} \uD83E\uDD80 \u{00000a}""#).unwrap(), "ї 🦀 ї 🦀 \n");
        for bad in [
            r#""\x""#,
            r#""\u12""#,
            r#""\u+123""#,
            r#""\u{}""#,
            r#""\u{110000}""#,
            r#""\u{D83E}""#,
            r#""\uD83E""#,
            r#""\uDD80""#,
            r#""\uD83E\u0041""#,
            r#""\uD83E\n""#,
            r#""\u{41""#,
            r#""\u{g}""#,
            "\"a\nb\"",
            "\"a",
            "\"\\",
            "\"\\u",
            "\"\\u123є\"",
        ] {
            assert_eq!(string(bad), None, "{bad}");
        }
    }

    #[test]
    fn block_strings_lose_their_layout() {
        for (text, value) in [
            ("\"\"\"\"\"\"", ""),
            (
                "\"\"\"\n    Hello,\n      World!\n\n    Yours,\n      GraphQL.\n  \"\"\"",
                "Hello,\n  World!\n\nYours,\n  GraphQL.",
            ),
            ("\"\"\"  a\r\n  b\r  c\"\"\"", "  a\nb\nc"),
            ("\"\"\"\n\n  \n a\n \t\n\"\"\"", "a"),
            ("\"\"\"a \\\"\"\" b \\n \" \\\\ .\"\"\"", "a \"\"\" b \\n \" \\\\ ."),
        ] {
            assert_eq!(string(text).unwrap(), value, "{text:?}");
        }
        assert!(string("\"\"\" a \\\"\"\"").is_none());
    }

    #[test]
    fn numbers_have_one_spelling() {
        assert_eq!(tokens("0 -0 12 -7").unwrap().len(), 4);
        assert_eq!(
            tokens("0.5 -1e9 6.02E+23 1e-3").unwrap().iter().filter(|t| matches!(t, Token::Float(_))).count(),
            4
        );
        for bad in ["01", "-", "1.", "1e", "1a", "0x1", "1.2.3", "-a", "+1", ".5", "1_000", "1e+", "00"] {
            assert!(tokens(bad).is_err(), "{bad}");
        }
    }
}

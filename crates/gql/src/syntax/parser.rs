//! The grammar of executable documents, by recursive descent. Recursion is bounded by the limit of nesting.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, FragmentSpread,
    InlineFragment, OperationDefinition, OperationType, Selection, SelectionSet, Type, TypeCondition,
    VariableDefinition,
};
use async_graphql::{Name, Number, Pos, Positioned};
use async_graphql_value::{ConstValue, Value};

use super::lexer::{Lexer, Token};
use super::{Fault, quoted};

/// More brackets inside one another than this are in no honest operation.
const NESTING: usize = 50;

/// A document and how many tokens it took.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) document: ExecutableDocument,
    pub(crate) tokens: usize,
}

/// Reads a document of at most so many tokens.
pub(crate) fn parse(text: &str, tokens: usize) -> Result<Parsed, Fault> {
    let mut lexer = Lexer::new(text);
    let (token, pos) = lexer.next()?;
    let mut parser = Parser { lexer, token, pos, taken: 0, limit: tokens, nesting: 0, broken: None };
    let document = parser.document()?;
    Ok(Parsed { document, tokens: parser.taken })
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The token that comes next, and its place.
    token: Token<'a>,
    pos: Pos,
    taken: usize,
    limit: usize,
    nesting: usize,
    /// The first rule that is broken. It is told when the grammar has nothing to say.
    broken: Option<Fault>,
}

type Arguments = Vec<(Positioned<Name>, Positioned<Value>)>;

impl Parser<'_> {
    fn document(&mut self) -> Result<ExecutableDocument, Fault> {
        let mut anonymous: Option<Positioned<OperationDefinition>> = None;
        let mut named: HashMap<Name, Positioned<OperationDefinition>> = HashMap::new();
        let mut fragments = HashMap::new();
        if self.token == Token::End {
            return Err(Fault::syntax(self.pos, "The document is empty."));
        }
        while self.token != Token::End {
            let pos = self.pos;
            let is_described = self.skip_description()?;
            if self.is_keyword("fragment") {
                let (name, fragment) = self.fragment_definition()?;
                self.add(&mut fragments, "fragment", name, Positioned::new(fragment, pos));
                continue;
            }
            let (name, operation) = self.operation(is_described)?;
            let operation = Positioned::new(operation, pos);
            if anonymous.is_some() || (name.is_none() && !named.is_empty()) {
                let message = "An operation without a name must be the only one in its document.";
                self.breaks(pos, message);
            }
            match name {
                Some(name) => self.add(&mut named, "operation", name, operation),
                None => anonymous = Some(operation),
            }
        }
        if anonymous.is_none() && named.is_empty() {
            self.breaks(self.pos, "The document has no operation.");
        }
        if let Some(fault) = self.broken.take() {
            return Err(fault);
        }
        let operations = anonymous.map_or(DocumentOperations::Multiple(named), DocumentOperations::Single);
        Ok(ExecutableDocument { operations, fragments })
    }

    fn breaks(&mut self, pos: Pos, message: impl Into<String>) {
        self.broken.get_or_insert_with(|| Fault::rule(pos, message));
    }

    /// Adds what may be there once only.
    fn add<T>(
        &mut self,
        all: &mut HashMap<Name, Positioned<T>>,
        kind: &str,
        name: Positioned<Name>,
        item: Positioned<T>,
    ) {
        match all.entry(name.node) {
            Entry::Vacant(place) => {
                place.insert(item);
            }
            Entry::Occupied(place) => {
                self.breaks(name.pos, format!("There is more than one {kind} named {}.", quoted(place.key())));
            }
        }
    }

    fn operation(&mut self, is_described: bool) -> Result<(Option<Positioned<Name>>, OperationDefinition), Fault> {
        if self.token == Token::Mark('{') && !is_described {
            let selection_set = self.selection_set()?;
            let (variable_definitions, directives) = (Vec::new(), Vec::new());
            let ty = OperationType::Query;
            return Ok((None, OperationDefinition { ty, variable_definitions, directives, selection_set }));
        }
        let ty = match self.token {
            Token::Name("query") => OperationType::Query,
            Token::Name("mutation") => OperationType::Mutation,
            Token::Name("subscription") => OperationType::Subscription,
            _ => return Err(self.unexpected("an operation or a fragment")),
        };
        self.take()?;
        let name = if matches!(self.token, Token::Name(_)) { Some(self.name("a name")?) } else { None };
        let variable_definitions = match self.token {
            Token::Mark('(') => self.several('(', ')', "a variable", Self::variable_definition)?,
            _ => Vec::new(),
        };
        let directives = self.directives(false)?;
        let selection_set = self.selection_set()?;
        Ok((name, OperationDefinition { ty, variable_definitions, directives, selection_set }))
    }

    fn variable_definition(&mut self) -> Result<Positioned<VariableDefinition>, Fault> {
        self.skip_description()?;
        let pos = self.pos;
        let name = self.variable()?;
        self.expect(':')?;
        let var_type = self.of_type()?;
        let mut default_value = None;
        if self.token == Token::Mark('=') {
            self.take()?;
            default_value = Some(self.const_value()?);
        }
        let directives = self.directives(true)?;
        Ok(Positioned::new(VariableDefinition { name, var_type, directives, default_value }, pos))
    }

    fn of_type(&mut self) -> Result<Positioned<Type>, Fault> {
        let pos = self.pos;
        let base = if self.token == Token::Mark('[') {
            self.open('[')?;
            let inner = self.of_type()?;
            self.close(']')?;
            BaseType::List(Box::new(inner.node))
        } else {
            BaseType::Named(self.name("a type")?.node)
        };
        let nullable = self.token != Token::Mark('!');
        if !nullable {
            self.take()?;
        }
        Ok(Positioned::new(Type { base, nullable }, pos))
    }

    fn fragment_definition(&mut self) -> Result<(Positioned<Name>, FragmentDefinition), Fault> {
        self.take()?;
        if self.is_keyword("on") {
            return Err(self.unexpected("the name of a fragment"));
        }
        let name = self.name("the name of a fragment")?;
        let type_condition = self.type_condition()?;
        let directives = self.directives(false)?;
        let selection_set = self.selection_set()?;
        Ok((name, FragmentDefinition { type_condition, directives, selection_set }))
    }

    fn type_condition(&mut self) -> Result<Positioned<TypeCondition>, Fault> {
        let pos = self.pos;
        if !self.is_keyword("on") {
            return Err(self.unexpected("\"on\""));
        }
        self.take()?;
        Ok(Positioned::new(TypeCondition { on: self.name("a type")? }, pos))
    }

    fn selection_set(&mut self) -> Result<Positioned<SelectionSet>, Fault> {
        let pos = self.pos;
        let items = self.several('{', '}', "a field or a fragment", Self::selection)?;
        Ok(Positioned::new(SelectionSet { items }, pos))
    }

    fn selection(&mut self) -> Result<Positioned<Selection>, Fault> {
        let pos = self.pos;
        if self.token != Token::Spread {
            let field = self.field()?;
            return Ok(Positioned::new(Selection::Field(Positioned::new(field, pos)), pos));
        }
        self.take()?;
        if matches!(self.token, Token::Name(name) if name != "on") {
            let fragment_name = self.name("a fragment")?;
            let spread = FragmentSpread { fragment_name, directives: self.directives(false)? };
            return Ok(Positioned::new(Selection::FragmentSpread(Positioned::new(spread, pos)), pos));
        }
        let type_condition = if self.is_keyword("on") { Some(self.type_condition()?) } else { None };
        let directives = self.directives(false)?;
        let inline = InlineFragment { type_condition, directives, selection_set: self.selection_set()? };
        Ok(Positioned::new(Selection::InlineFragment(Positioned::new(inline, pos)), pos))
    }

    fn field(&mut self) -> Result<Field, Fault> {
        let mut name = self.name("a field or a fragment")?;
        let mut alias = None;
        if self.token == Token::Mark(':') {
            self.take()?;
            alias = Some(name);
            name = self.name("a field")?;
        }
        let arguments = self.arguments(false)?;
        let directives = self.directives(false)?;
        let selection_set = match self.token {
            Token::Mark('{') => self.selection_set()?,
            _ => Positioned::default(),
        };
        Ok(Field { alias, name, arguments, directives, selection_set })
    }

    fn directives(&mut self, is_const: bool) -> Result<Vec<Positioned<Directive>>, Fault> {
        let mut directives = Vec::new();
        while self.token == Token::Mark('@') {
            let pos = self.pos;
            self.take()?;
            let name = self.name("a directive")?;
            directives.push(Positioned::new(Directive { name, arguments: self.arguments(is_const)? }, pos));
        }
        Ok(directives)
    }

    fn arguments(&mut self, is_const: bool) -> Result<Arguments, Fault> {
        if self.token != Token::Mark('(') {
            return Ok(Vec::new());
        }
        self.several('(', ')', "an argument", |parser| {
            let name = parser.name("an argument")?;
            parser.expect(':')?;
            Ok((name, parser.value(is_const)?))
        })
    }

    fn const_value(&mut self) -> Result<Positioned<ConstValue>, Fault> {
        let Positioned { node, pos } = self.value(true)?;
        let node = node.into_const().ok_or_else(|| Fault::syntax(pos, "A variable cannot stand here."))?;
        Ok(Positioned::new(node, pos))
    }

    fn value(&mut self, is_const: bool) -> Result<Positioned<Value>, Fault> {
        let pos = self.pos;
        let value = match &mut self.token {
            Token::Mark('$') if is_const => return Err(Fault::syntax(pos, "A variable cannot stand here.")),
            Token::Mark('$') => return Ok(Positioned::new(Value::Variable(self.variable()?.node), pos)),
            Token::Mark('[') => {
                let items = self.any_number('[', ']', |parser| Ok(parser.value(is_const)?.node))?;
                return Ok(Positioned::new(Value::List(items), pos));
            }
            Token::Mark('{') => return Ok(Positioned::new(Value::Object(self.object(is_const)?), pos)),
            Token::Int(text) | Token::Float(text) => {
                let text = *text;
                Value::Number(self.number(text, pos))
            }
            Token::Text(text) => Value::String(std::mem::take(text)),
            Token::Name("null") => Value::Null,
            Token::Name("true") => Value::Boolean(true),
            Token::Name("false") => Value::Boolean(false),
            Token::Name(name) => Value::Enum(Name::new(name)),
            Token::Mark(_) | Token::Spread | Token::End => return Err(self.unexpected("a value")),
        };
        self.take()?;
        Ok(Positioned::new(value, pos))
    }

    fn number(&mut self, text: &str, pos: Pos) -> Number {
        number(text).unwrap_or_else(|| {
            self.breaks(pos, format!("The number {} is too large.", quoted(text)));
            Number::from(0)
        })
    }

    fn object(&mut self, is_const: bool) -> Result<IndexMap<Name, Value>, Fault> {
        let mut fields = IndexMap::new();
        self.any_number('{', '}', |parser| {
            let Positioned { node: name, pos } = parser.name("a field of an object")?;
            parser.expect(':')?;
            let value = parser.value(is_const)?.node;
            if fields.contains_key(&name) {
                parser.breaks(pos, format!("The input field {} is here twice.", quoted(&name)));
            }
            fields.insert(name, value);
            Ok(())
        })?;
        Ok(fields)
    }

    fn variable(&mut self) -> Result<Positioned<Name>, Fault> {
        let pos = self.pos;
        if self.token != Token::Mark('$') {
            return Err(self.unexpected("a variable"));
        }
        self.take()?;
        Ok(Positioned::new(self.name("the name of a variable")?.node, pos))
    }

    fn name(&mut self, wanted: &str) -> Result<Positioned<Name>, Fault> {
        let Token::Name(text) = self.token else { return Err(self.unexpected(wanted)) };
        let name = Positioned::new(Name::new(text), self.pos);
        self.take()?;
        Ok(name)
    }

    fn skip_description(&mut self) -> Result<bool, Fault> {
        let is_there = matches!(self.token, Token::Text(_));
        if is_there {
            self.take()?;
        }
        Ok(is_there)
    }

    /// One or more between brackets.
    fn several<T>(
        &mut self,
        open: char,
        close: char,
        wanted: &str,
        item: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let items = self.any_number(open, close, item)?;
        if items.is_empty() {
            Err(Fault::syntax(self.pos, format!("Expected {wanted} between \"{open}\" and \"{close}\".")))
        } else {
            Ok(items)
        }
    }

    fn any_number<T>(
        &mut self,
        open: char,
        close: char,
        mut item: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        self.open(open)?;
        let mut items = Vec::new();
        while self.token != Token::Mark(close) {
            items.push(item(self)?);
        }
        self.close(close)?;
        Ok(items)
    }

    fn open(&mut self, mark: char) -> Result<(), Fault> {
        let pos = self.pos;
        self.expect(mark)?;
        self.nesting += 1;
        if self.nesting > NESTING {
            return Err(Fault::size(pos, format!("The document nests brackets more than {NESTING} levels deep.")));
        }
        Ok(())
    }

    fn close(&mut self, mark: char) -> Result<(), Fault> {
        self.nesting -= 1;
        self.expect(mark)
    }

    fn expect(&mut self, mark: char) -> Result<(), Fault> {
        if self.token == Token::Mark(mark) { self.take() } else { Err(self.unexpected(&format!("\"{mark}\""))) }
    }

    fn is_keyword(&self, word: &str) -> bool {
        matches!(self.token, Token::Name(name) if name == word)
    }

    fn take(&mut self) -> Result<(), Fault> {
        self.taken += 1;
        if self.taken > self.limit {
            let message = format!("The document has more than {} tokens.", self.limit);
            return Err(Fault::size(self.pos, message));
        }
        (self.token, self.pos) = self.lexer.next()?;
        Ok(())
    }

    fn unexpected(&self, wanted: &str) -> Fault {
        Fault::syntax(self.pos, format!("Expected {wanted}, found {}.", self.token.shown()))
    }
}

/// What no integer type holds keeps its size, so that `Float` takes it and `Int` refuses it.
fn number(text: &str) -> Option<Number> {
    let whole = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
    whole.ok().or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::super::FaultKind;
    use super::*;

    fn fault(text: &str) -> (FaultKind, String) {
        let fault = parse(text, 1_000).expect_err(text);
        (fault.kind, fault.message)
    }

    fn argument(value: &str) -> ConstValue {
        let document = parse(&format!("{{ a(b: {value}) }}"), 1_000).unwrap().document;
        let (_, operation) = document.operations.iter().next().unwrap();
        match &operation.node.selection_set.node.items[0].node {
            Selection::Field(field) => field.node.arguments[0].1.node.clone().into_const().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn documents_that_the_grammar_knows() {
        for text in [
            "{a}",
            "query{a}",
            "query q{a}",
            "query query($on:[[Int!]]!=[[1]]@a(b:1),$b:X){a}",
            "mutation on($a:A=null){fragment}",
            "subscription{a:b(c:$d,e:[1{f:{}}[]])@g@h(i:\"\"){... on A@b{c}...@d{e}...{f}...fragment ...on on{a}}}",
            "fragment a on b{c}query{...a}",
            "\"\"\"What it does.\"\"\" query q(\"first\" $a: A, $b: B) {a} \"A part.\" fragment f on on {b}",
            "query#\n#{\rq{a}#",
            "{true null on:false}",
        ] {
            assert!(parse(text, 1_000).is_ok(), "{text}: {:?}", parse(text, 1_000));
        }
    }

    #[test]
    fn documents_that_it_does_not_know() {
        for text in [
            "",
            " ,\u{feff}",
            "# only a comment",
            "{}",
            "{a",
            "a}",
            "{a}}",
            "query",
            "query()  {a}",
            "query q",
            "{a()}",
            "{a{}}",
            "{a:}",
            "queryq{a}{",
            "{...}",
            "{...on}",
            "{... on A}",
            "fragment on on A{a}",
            "fragment f{a}",
            "fragment f on A",
            "{a(b:)}",
            "{a(b:$)}",
            "{a @}",
            "{a(b:1 c)}",
            "query($a){a}",
            "query($a:){a}",
            "query($a:[A){a}",
            "query($a:A=$b){a}",
            "query($a:A=[$b]){a}",
            "query($a:A@b(c:$d)){a}",
            "type A{b:C}",
            "schema{query:A}",
            "extend type A{b:C}",
            "\"d\" {a}",
            "{a(b:...)}",
            "{a(b:{c})}",
            "{a(1:2)}",
            "{\u{0}}",
            "{a?}",
            "{a.b}",
            "{a..b}",
            "{ї}",
            "{a|b}",
            "{a&b}",
            "\"d\"",
        ] {
            assert_eq!(fault(text).0, FaultKind::Syntax, "{text}");
        }
    }

    #[test]
    fn names_that_are_there_twice() {
        for text in [
            "query a{a}query a{b}",
            "{a}query b{c}",
            "query b{c}{a}",
            "{a}{b}",
            "fragment a on A{b}fragment a on A{b}{...a}",
            "fragment a on A{b}",
            "{a(b:{c:1,c:1})}",
            "{a(b:[{c:{d:1 d:2}}])}",
            "query($a:A={b:1,b:2}){a}",
        ] {
            assert_eq!(fault(text).0, FaultKind::Rule, "{text}");
            assert_eq!(fault(&format!("{text} }}")).0, FaultKind::Syntax, "what is no document breaks no rule: {text}");
        }
    }

    #[test]
    fn numbers_keep_their_kind() {
        assert_eq!(argument("-0"), ConstValue::from(0));
        assert_eq!(argument("2147483648"), ConstValue::from(2_147_483_648_i64));
        assert_eq!(argument("18446744073709551615"), ConstValue::from(u64::MAX));
        assert_eq!(argument("99999999999999999999"), ConstValue::from(1e20));
        assert_eq!(argument("1.0"), ConstValue::from(1.0));
        assert_eq!(fault("{a(b: 1e999)}"), (FaultKind::Rule, "The number \"1e999\" is too large.".to_owned()));
    }

    #[test]
    fn tokens_and_nesting_are_bounded_and_text_in_strings_is_not() {
        assert_eq!(parse("{ a, b,\n\tc }", 5).unwrap().tokens, 5);
        assert_eq!(parse("{ a b c }", 4).unwrap_err().kind, FaultKind::Size);
        let brackets = "[{(".repeat(5_000);
        assert!(parse(&format!("{{a(b:\"{brackets}\" c:\"\"\"{brackets}\"\"\")}} # {brackets}"), 20).is_ok());
        for open in ["{a", "{a(b:[", "{...", "query($a:["] {
            let last = open.chars().last().unwrap().to_string();
            let text = if open == "{a" || open == "{..." {
                open.repeat(1_000)
            } else {
                format!("{open}{}", last.repeat(1_000))
            };
            assert_eq!(parse(&text, 100_000).unwrap_err().kind, FaultKind::Size, "{open}");
        }
        assert_eq!(fault(&format!("{{a(b:{}", "{c:".repeat(300))).0, FaultKind::Size);
    }

    #[test]
    fn messages_are_short_whatever_the_text() {
        for text in [
            format!("{{a(b:{}", "x".repeat(1 << 20)),
            format!("{} ", "x".repeat(1 << 20)),
            format!("{{a(b:{{c:1 {0}:1 {0}:1}})}}", "y".repeat(9_999)),
        ] {
            assert!(parse(&text, 100).unwrap_err().message.len() < 200);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[{}()\\[\\]:!$=@.,\"\\\\# \n\ta-z0-9u\u{feff}ї-]{0,60}") {
            let _ = parse(&text, 1_000);
        }

        #[test]
        fn no_mix_of_tokens_makes_it_panic(words in proptest::collection::vec(proptest::sample::select(vec![
            "{", "}", "(", ")", "[", "]", ":", "!", "$", "=", "@", "...", "on", "query", "mutation", "fragment", "a", "null", "1", "1.5", "\"s\"", "\"\"\"b\"\"\"",
        ]), 0..60)) {
            let _ = parse(&words.join(" "), 1_000);
        }
    }
}

//! The part of `OData` that ARM's own lists understand: `eq` and `ne`, `substringof` and
//! `startswith`, joined by `and` and `or` (Azure's reference of the list of resources).

use serde_json::Value;

use super::body;
use super::error::Refusal;

/// What a filter may look at, and where that stands; a tag and a group stand elsewhere.
const PLACES: [(&str, &str); 10] = [
    ("resourcetype", "/type"),
    ("name", "/name"),
    ("location", "/location"),
    ("identity", "/identity/type"),
    ("identity/principalid", "/identity/principalId"),
    ("plan", "/plan/name"),
    ("plan/name", "/plan/name"),
    ("plan/publisher", "/plan/publisher"),
    ("plan/product", "/plan/product"),
    ("plan/version", "/plan/version"),
];

/// What stands for a tag, and all that the list of groups takes.
const TAGS: [&str; 2] = ["tagname", "tagvalue"];

/// How a term compares.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verb {
    Equals,
    Differs,
    Contains,
    Begins,
}

#[derive(Clone, Debug)]
struct Term {
    name: String,
    verb: Verb,
    value: String,
}

/// A filter: alternatives, each of terms that must all hold.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    either: Vec<Vec<Term>>,
}

impl Filter {
    /// Reads what the list of resources takes.
    pub(crate) fn of_resources(text: Option<&str>) -> Result<Self, Refusal> {
        Self::read(text, |name| {
            name == "resourcegroup"
                || TAGS.contains(&name)
                || PLACES.iter().any(|(known, _)| *known == name)
        })
    }

    /// Reads what the list of groups takes: tags alone.
    pub(crate) fn of_groups(text: Option<&str>) -> Result<Self, Refusal> {
        Self::read(text, |name| TAGS.contains(&name))
    }

    fn read(text: Option<&str>, known: impl Fn(&str) -> bool) -> Result<Self, Refusal> {
        let text = text.unwrap_or_default().trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        let refuse = || {
            Refusal::arm(
                400,
                "InvalidFilterInQueryString",
                format!("Invalid $filter '{text}' specified in the query string."),
            )
        };
        let tokens = tokens(text).ok_or_else(refuse)?;
        let mut either = vec![Vec::new()];
        let mut rest = tokens.as_slice();
        loop {
            let (term, after) = term(rest).ok_or_else(refuse)?;
            if !known(&term.name) {
                return Err(refuse());
            }
            if let Some(all) = either.last_mut() {
                all.push(term);
            }
            rest = match after {
                [] => return Ok(Self { either }),
                [Token::Word(word), rest @ ..] if word == "and" => rest,
                [Token::Word(word), rest @ ..] if word == "or" => {
                    either.push(Vec::new());
                    rest
                }
                _ => return Err(refuse()),
            };
        }
    }

    /// Returns name and value of the tag that whatever passes has, if there is one.
    pub(crate) fn tag(&self) -> Option<(&str, &str)> {
        let [terms] = self.either.as_slice() else { return None };
        let value = |wanted: &str| {
            let mut is = terms.iter().filter(|term| term.verb == Verb::Equals);
            is.find(|term| term.name == wanted).map(|term| term.value.as_str())
        };
        Some((value("tagname")?, value("tagvalue")?))
    }

    /// Tells whether a resource passes.
    pub(crate) fn lets_through(&self, shown: &Value) -> bool {
        self.either.is_empty() || self.either.iter().any(|terms| holds(terms, shown))
    }
}

fn holds(terms: &[Term], shown: &Value) -> bool {
    let (tags, others): (Vec<&Term>, Vec<&Term>) =
        terms.iter().partition(|term| TAGS.contains(&term.name.as_str()));
    let tagged = tags.is_empty() || {
        let all = shown.get("tags").and_then(Value::as_object);
        // Name and value are those of one tag.
        all.into_iter().flatten().any(|(name, value)| {
            tags.iter().all(|term| match term.name.as_str() {
                "tagname" => term.meets(name),
                _ => value.as_str() == Some(term.value.as_str()),
            })
        })
    };
    tagged && others.iter().all(|term| term.meets(term.place(shown)))
}

impl Term {
    fn place<'a>(&self, shown: &'a Value) -> &'a str {
        if self.name == "resourcegroup" {
            return group(body::text(shown, "/id").unwrap_or_default());
        }
        let place = PLACES.iter().find(|(known, _)| *known == self.name);
        place.and_then(|(_, at)| body::text(shown, at)).unwrap_or_default()
    }

    fn meets(&self, found: &str) -> bool {
        let (found, value) = (found.to_ascii_lowercase(), self.value.to_ascii_lowercase());
        match self.verb {
            Verb::Equals => found == value,
            Verb::Differs => found != value,
            Verb::Contains => found.contains(&value),
            Verb::Begins => found.starts_with(&value),
        }
    }
}

/// The group that an id names.
fn group(id: &str) -> &str {
    let mut segments = id.split('/').skip_while(|one| !one.eq_ignore_ascii_case("resourceGroups"));
    segments.nth(1).unwrap_or_default()
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// Lower-case.
    Word(String),
    Text(String),
    Sign(char),
}

/// Cuts a filter into its words; `None` when a text does not end or a sign is none of ours.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            ' ' => {}
            '(' | ')' | ',' => found.push(Token::Sign(next)),
            '\'' => {
                let mut inner = String::new();
                loop {
                    match rest.next()? {
                        '\'' if rest.next_if_eq(&'\'').is_some() => inner.push('\''),
                        '\'' => break,
                        other => inner.push(other),
                    }
                }
                found.push(Token::Text(inner));
            }
            first if first.is_ascii_alphanumeric() => {
                let mut word = String::from(first);
                while let Some(more) =
                    rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '/' || *c == '.')
                {
                    word.push(more);
                }
                found.push(Token::Word(word.to_ascii_lowercase()));
            }
            _ => return None,
        }
    }
    Some(found)
}

/// Reads one term from the front.
fn term(tokens: &[Token]) -> Option<(Term, &[Token])> {
    use Token::{Sign, Text, Word};
    match tokens {
        [Word(verb), Sign('('), Text(value), Sign(','), Word(name), Sign(')'), rest @ ..]
            if verb == "substringof" && ["name", "resourcegroup"].contains(&name.as_str()) =>
        {
            let term = Term { name: name.clone(), verb: Verb::Contains, value: value.clone() };
            Some((term, rest))
        }
        [Word(verb), Sign('('), Word(name), Sign(','), Text(value), Sign(')'), rest @ ..]
            if verb == "startswith" && name == "tagname" =>
        {
            let term = Term { name: name.clone(), verb: Verb::Begins, value: value.clone() };
            Some((term, rest))
        }
        [Word(name), Word(verb), Text(value), rest @ ..] => {
            let verb = match verb.as_str() {
                "eq" => Verb::Equals,
                "ne" if !TAGS.contains(&name.as_str()) => Verb::Differs,
                _ => return None,
            };
            Some((Term { name: name.clone(), verb, value: value.clone() }, rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(filter: &str, shown: &Value) -> bool {
        Filter::of_resources(Some(filter)).unwrap().lets_through(shown)
    }

    #[test]
    fn a_filter_on_tags_wants_name_and_value_of_one_tag() {
        let filter = "tagName eq 'a' and tagValue eq 'it''s and'";
        assert!(passes(filter, &json!({"tags": {"A": "it's and"}})));
        assert!(!passes(filter, &json!({"tags": {"A": "b", "c": "it's and"}})));
        assert!(!passes(filter, &json!({})));
        assert!(passes("startswith(tagName, 'aks')", &json!({"tags": {"akstool": ""}})));
        assert!(!passes("startswith(tagName, 'x')", &json!({"tags": {"akstool": ""}})));
    }

    #[test]
    fn types_names_and_groups_are_compared_in_any_case() {
        assert!(passes("resourceType eq 'x/Y'", &json!({"type": "X/y"})));
        assert!(!passes("resourceType ne 'x/Y'", &json!({"type": "X/y"})));
        let one = json!({"id": "/subscriptions/s/resourcegroups/g/x", "name": "Vnet-1"});
        assert!(passes("resourceGroup eq 'G'", &one));
        assert!(!passes("resourceGroup eq 'H'", &one));
        assert!(passes("substringof('net', name)", &one));
        assert!(!passes("substringof('nat', name)", &one));
        assert!(passes("substringof('nat',name) or substringof('NET',name)", &one));
        assert!(!passes("substringof('net', name) and location eq 'x'", &one));
    }

    #[test]
    fn what_is_no_filter_is_refused_as_a_whole() {
        for text in [
            "nonsense",
            "tagName eq 'x",
            "tagName eq x",
            "tagName eq 'x' and",
            "tagName ne 'x'",
            "$filter=name eq 'x'",
            "bananas eq 'x'",
            "substringof('x', location)",
            "name eq 'x' name eq 'y'",
            "(name eq 'x')",
        ] {
            let refusal = Filter::of_resources(Some(text)).unwrap_err();
            assert_eq!(
                (refusal.status, refusal.code.as_str()),
                (400, "InvalidFilterInQueryString")
            );
            let said = format!("Invalid $filter '{text}' specified in the query string.");
            assert_eq!(refusal.message, said);
        }
        assert!(Filter::of_groups(Some("name eq 'x'")).is_err());
        assert!(Filter::of_groups(Some("tagName eq 'x'")).is_ok());
    }
}

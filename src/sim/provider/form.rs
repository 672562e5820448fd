//! What a body may hold: the members of each object, and what each of them takes.
//!
//! The tables ([`network`], [`cluster`], [`pool`]) say it as facts of the published type tables
//! (Azure/bicep-types-az: network 2025-07-01 and 2025-09-01, AKS 2025-10-01 and 2026-05-01) and of
//! every recorded body. Here they are held against a body; each provider words the faults its own
//! way. Names are compared without regard to case, as both providers read them.

pub(crate) mod cluster;
pub(crate) mod network;
pub(crate) mod pool;

use serde_json::Value;

/// What a value may be; `null` says nothing and is always taken.
#[derive(Debug)]
pub(crate) enum Form {
    /// Anything.
    Any,
    /// A text.
    Text,
    /// A whole number of 32 bits.
    Whole,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// One of these words, or an empty text.
    Word(&'static [&'static str]),
    /// A list of one form.
    List(&'static Form),
    /// Names of the client's own choice, each with a value of one form.
    Map(&'static Form),
    /// An object with known members.
    Object(&'static Object),
}

/// A list of texts.
pub(crate) const TEXTS: Form = Form::List(&Form::Text);

/// An object that is not looked into.
pub(crate) static SOMETHING: Object = Object { name: "Object", open: true, members: &[] };

/// Objects that are not looked into.
pub(crate) const OBJECTS: Form = Form::List(&Form::Object(&SOMETHING));

/// What an object may hold.
#[derive(Debug)]
pub(crate) struct Object {
    /// The name of the type in the specification.
    pub(crate) name: &'static str,
    /// Whether it may hold what is not listed too.
    pub(crate) open: bool,
    /// The members: a form, and the names that are of this form, parted by blanks.
    pub(crate) members: &'static [(Form, &'static str)],
}

/// Returns an object that may hold what is listed and nothing else.
const fn closed(name: &'static str, members: &'static [(Form, &'static str)]) -> Object {
    Object { name, open: false, members }
}

/// A place in a body.
#[derive(Clone, Debug)]
pub(crate) struct Member<'a> {
    /// The way there: `properties.subnets[0].name`.
    pub(crate) path: String,
    /// The type of the object it is in.
    pub(crate) of: &'static str,
    /// The member of that object.
    pub(crate) name: &'a str,
}

/// What is wrong at one place of a body.
#[derive(Debug)]
pub(crate) struct Fault<'a> {
    /// The place.
    pub(crate) place: Member<'a>,
    /// What is wrong.
    pub(crate) what: What<'a>,
}

/// The ways to be wrong.
#[derive(Debug)]
pub(crate) enum What<'a> {
    /// The object has no such member.
    Unknown,
    /// The value is of another form.
    Other(&'a Value, &'static Form),
    /// The text is none of the words.
    NoWord(&'a str, &'static [&'static str]),
}

impl Member<'_> {
    /// The same member, further in.
    fn within(&self, below: &str) -> Self {
        Self { path: format!("{}{below}", self.path), ..self.clone() }
    }
}

impl Object {
    /// Everything that is wrong with a body, in the order of the body.
    pub(crate) fn faults<'a>(&'static self, given: &'a Value) -> Vec<Fault<'a>> {
        let mut found = Vec::new();
        self.walk(given, "", &mut found);
        found
    }

    fn walk<'a>(&'static self, given: &'a Value, above: &str, found: &mut Vec<Fault<'a>>) {
        for (name, value) in given.as_object().into_iter().flatten() {
            let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
            let place = Member { path, of: self.name, name };
            match self.member(name) {
                Some(form) => form.walk(value, place, found),
                None if self.open => {}
                None => found.push(Fault { place, what: What::Unknown }),
            }
        }
    }

    fn member(&self, name: &str) -> Option<&'static Form> {
        let named = |names: &str| names.split(' ').any(|known| known.eq_ignore_ascii_case(name));
        self.members.iter().find(|(_, names)| named(names)).map(|(form, _)| form)
    }
}

impl Form {
    fn walk<'a>(&'static self, value: &'a Value, place: Member<'a>, found: &mut Vec<Fault<'a>>) {
        match (self, value) {
            (Self::Any, _)
            | (_, Value::Null)
            | (Self::Text, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Flag, Value::Bool(_)) => {}
            (Self::Whole, value) if is_whole(value) => {}
            (Self::Word(words), Value::String(text)) => {
                if !text.is_empty() && !words.iter().any(|word| word.eq_ignore_ascii_case(text)) {
                    found.push(Fault { place, what: What::NoWord(text, words) });
                }
            }
            (Self::List(form), Value::Array(items)) => {
                for (at, item) in items.iter().enumerate() {
                    form.walk(item, place.within(&format!("[{at}]")), found);
                }
            }
            (Self::Map(form), Value::Object(fields)) => {
                for (name, one) in fields {
                    form.walk(one, place.within(&format!(".{name}")), found);
                }
            }
            (Self::Object(object), Value::Object(_)) => object.walk(value, &place.path, found),
            _ => found.push(Fault { place, what: What::Other(value, self) }),
        }
    }
}

fn is_whole(value: &Value) -> bool {
    value.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
}

/// What is only put on or off.
pub(super) static SWITCH: Object =
    Object { name: "Switch", open: false, members: &[(Form::Flag, "enabled")] };

/// Whether a cluster or pool runs.
pub(super) static POWER: Object =
    Object { name: "PowerState", open: false, members: &[(Form::Text, "code")] };

/// What a cluster or pool is made from.
pub(super) static CREATION: Object =
    Object { name: "CreationData", open: false, members: &[(Form::Text, "sourceResourceId")] };

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    static INNER: Object = Object {
        name: "Inner",
        open: false,
        members: &[(Form::Word(&["On", "Off"]), "state"), (Form::Flag, "a b")],
    };
    static OUTER: Object = Object {
        name: "Outer",
        open: false,
        members: &[
            (Form::Whole, "count"),
            (Form::List(&Form::Object(&INNER)), "inner"),
            (Form::Map(&Form::Text), "labels"),
            (Form::Object(&SOMETHING), "open"),
        ],
    };

    fn wrong(given: &Value) -> Vec<String> {
        let faults = OUTER.faults(given).into_iter();
        faults.map(|fault| format!("{} of {}", fault.place.path, fault.place.of)).collect()
    }

    #[test]
    fn everything_wrong_is_found_with_its_place() {
        let given = json!({"count": "1", "inner": [{"b": true}, {"b": 1, "c": 2}, "x"],
            "labels": {"x": {}}, "open": {"any": []}, "more": null});
        let places = ["count", "inner[1].b", "inner[1].c", "inner[2]", "labels.x", "more"];
        let of = ["Outer", "Inner", "Inner", "Outer", "Outer", "Outer"];
        let expected: Vec<String> =
            places.iter().zip(of).map(|(place, of)| format!("{place} of {of}")).collect();
        assert_eq!(wrong(&given), expected);
        assert_eq!(OUTER.faults(&given)[3].place.name, "inner");
    }

    #[test]
    fn case_null_and_empty_words_are_let_through() {
        let none: [&str; 0] = [];
        assert_eq!(wrong(&json!({"COUNT": 1, "inner": [{"State": "on"}, null]})), none);
        assert_eq!(wrong(&json!({"count": null, "inner": [{"state": ""}]})), none);
        assert_eq!(wrong(&json!({"inner": [{"state": "up"}]})), ["inner[0].state of Inner"]);
    }

    #[test]
    fn a_whole_number_has_32_bits() {
        assert_eq!(wrong(&json!({"count": 2_147_483_648_u64})), ["count of Outer"]);
        assert_eq!(wrong(&json!({"count": 1.0})), ["count of Outer"]);
    }
}

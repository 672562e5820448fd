//! What a write is made of, and whether it may still be done; pure.
//!
//! Between planning and writing lie minutes, and other people. A write therefore carries what is
//! wished for, how that meets what stands there, and what was seen; just before it is sent it is
//! made anew of what stands there *then* ([`Wish::decide`]). What another hand changed that the wish
//! does not name goes along unharmed; what the user never agreed to is not done.

use serde_json::Value;

use super::change::places;
use super::observed::{has_failed, is_busy, is_of_aks, items, tag};
use super::ownership::id_of;
use super::price::price;
use super::shown::shown;
use crate::arm::body::Body;
use crate::arm::id::ResourceId;
use crate::diff::rule::Rules;
use crate::diff::{Delta, deltas, request_body, settle};
use crate::kind::{ENVIRONMENT, EXPIRES, Kind, Resource, rules_of, traits_of};

/// What a request demands of the state it meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    Any,
    /// The resource must not exist, so that two runs racing make one cluster.
    Absent,
    /// The resource must be the one that was read.
    Unchanged(String),
}

/// What is to stand under an id, and what stood there when that was planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// What is wished for; values that are still to come are marked in it.
    pub desired: Body,
    /// How that meets what stands there.
    pub rules: Rules,
    /// What was seen; `None` where nothing stood.
    pub seen: Option<Value>,
    /// The environment that the tag of what stands there must name; `None` where the type carries
    /// no tags.
    pub owner: Option<String>,
    /// Where a body holds the mark that a write may name, if one may.
    pub mark: Option<&'static str>,
    /// What a write over what stands asks for beside its body.
    pub asks: Option<(&'static str, &'static str)>,
}

/// A request, made of what stands there.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// What it asks for beside its body.
    pub asks: Option<(&'static str, &'static str)>,
    /// The body.
    pub body: Body,
    /// What must hold.
    pub condition: Condition,
}

/// What is to be done about a wish, now that one has looked again.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// It is still what the plan showed, or less.
    Write(Box<Write>),
    /// What stands there is as wished already.
    Done,
    /// Nothing stood there and now something does: another run's work, perhaps just so.
    Appeared,
    /// It is no longer what the user agreed to.
    Stop(Moved),
}

/// What changed since the plan was made, so that it is not carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum Moved {
    /// Nothing stands there any more.
    Gone,
    /// What stands there is somebody else's.
    Owner {
        /// The environment that its tag names, if it names one.
        now: Option<String>,
        /// Whether nothing stood there when the plan was made.
        is_new: bool,
    },
    /// These places hold other values than those that were seen.
    Values(Vec<Shift>),
    /// Nothing stood there, and what another hand made holds other values at these places.
    Made(Vec<Shift>),
    /// Something stands in it or uses it that did not, each as people read it.
    Inside(Vec<String>),
    /// It is to live longer than when it was found to be due.
    Extended {
        /// What its expiry says now, if anything.
        until: Option<String>,
    },
}

/// One place that another hand changed and that the plan would change again.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// The place.
    pub path: String,
    /// What stood there when the plan was made.
    pub was: Option<Value>,
    /// What stands there now.
    pub now: Option<Value>,
    /// What the plan would make of it.
    pub wish: Option<Value>,
}

impl std::fmt::Display for Moved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gone => write!(f, "somebody deleted it since the plan was made"),
            Self::Owner { now, is_new } => {
                let is = match (is_new, now) {
                    (true, Some(now)) => {
                        format!("made by somebody with the tag `{ENVIRONMENT}: {now}`")
                    }
                    (true, None) => format!("made by somebody without the tag `{ENVIRONMENT}`"),
                    (false, Some(now)) => format!("its tag `{ENVIRONMENT}` says `{now}`"),
                    (false, None) => format!("it lost its tag `{ENVIRONMENT}`"),
                };
                write!(f, "it is left alone: {is} since the plan was made")
            }
            Self::Values(shifts) => {
                let each: Vec<String> = shifts.iter().map(ToString::to_string).collect();
                write!(f, "somebody changed it since the plan was made: {}", each.join("; "))
            }
            Self::Made(shifts) => {
                let each: Vec<String> = shifts.iter().map(Shift::as_made).collect();
                write!(f, "somebody made it since the plan was made: {}", each.join("; "))
            }
            Self::Extended { until: Some(until) } => {
                write!(f, "it is left alone: it was extended until {until} since the plan was made")
            }
            Self::Extended { until: None } => {
                write!(f, "it is left alone: it carries no expiry any more since the plan was made")
            }
            Self::Inside(contents) => {
                let contents = contents.join(", ");
                write!(f, "it stays: {contents} since the plan was made")
            }
        }
    }
}

impl std::fmt::Display for Shift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} was {} and is {} now, the plan says {}",
            places(std::slice::from_ref(&self.path)),
            said(self.was.as_ref()),
            said(self.now.as_ref()),
            said(self.wish.as_ref())
        )
    }
}

impl Shift {
    /// Says it of what nobody saw before.
    fn as_made(&self) -> String {
        let at = places(std::slice::from_ref(&self.path));
        let (now, wish) = (said(self.now.as_ref()), said(self.wish.as_ref()));
        format!("{at} is {now}, the plan says {wish}")
    }
}

fn said(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => format!("`{text}`"),
        Some(value) => format!("`{value}`"),
        None => "nothing".to_owned(),
    }
}

impl Wish {
    /// Returns the wish that a resource be made where nothing stands.
    pub fn to_make(resource: &Resource, desired: Body) -> Self {
        Self {
            desired,
            rules: resource.rules.clone(),
            seen: None,
            owner: None,
            mark: resource.traits.etag,
            asks: resource.traits.asks,
        }
    }

    /// Returns a wish for what was seen of a kind.
    pub fn on<K: Kind>(desired: Value, seen: &Value) -> Self {
        let rules = rules_of(K::TYPE).unwrap_or_default();
        let (desired, seen) = (Body::new(desired), Some(seen.clone()));
        Self { desired, rules, seen, owner: None, mark: K::TRAITS.etag, asks: K::TRAITS.asks }
    }

    /// Returns this wish for what was seen.
    pub fn over(self, seen: &Value) -> Self {
        Self { seen: Some(seen.clone()), ..self }
    }

    /// Returns this wish for what an environment owns.
    pub fn of(self, owner: Option<&str>) -> Self {
        Self { owner: owner.map(str::to_owned), ..self }
    }

    /// Returns the request as it would be now, values to come still marked.
    pub fn request(&self) -> Write {
        self.write(&self.desired, self.seen.as_ref())
    }

    fn write(&self, desired: &Body, found: Option<&Value>) -> Write {
        let condition = match found {
            Some(found) => unchanged(self.mark, found),
            None if self.mark.is_some() => Condition::Absent,
            None => Condition::Any,
        };
        let body = Body::new(request_body(found, desired.value(), &self.rules));
        Write { asks: self.asks.filter(|_| found.is_some()), body, condition }
    }

    /// Decides on what was found just now. `desired` is the wish with every value filled in, and
    /// `begun` tells whether an earlier try of this very write was taken, so that what was made
    /// meanwhile is its own.
    pub fn decide(
        &self,
        kind: &str,
        desired: &Body,
        found: Option<&Value>,
        begun: bool,
    ) -> Decision {
        let write = |found| Decision::Write(Box::new(self.write(desired, found)));
        let (seen, found) = match (&self.seen, found) {
            (None, None) => return write(None),
            (Some(_), None) => return Decision::Stop(Moved::Gone),
            (seen, Some(found)) if !self.is_owned(found) => {
                return Decision::Stop(owner(found, seen.is_none()));
            }
            (None, Some(found)) if begun => return write(Some(found)),
            (None, Some(_)) => return Decision::Appeared,
            (Some(seen), Some(found)) => (seen, found),
        };
        let agreed = self.priced(kind, seen, desired);
        let due = self.priced(kind, found, desired);
        let shifts: Vec<Shift> = due
            .iter()
            .filter(|delta| !is_agreed(delta, &agreed))
            .map(|d| shift(d, &agreed))
            .collect();
        if !shifts.is_empty() {
            Decision::Stop(Moved::Values(shifts))
        } else if due.is_empty() && !has_failed(found) && (!agreed.is_empty() || has_failed(seen)) {
            // A write that the plan wants although nothing differs is done all the same.
            Decision::Done
        } else {
            write(Some(found))
        }
    }

    /// Returns how what appeared differs from what was to be made.
    pub fn clash(&self, desired: &Body, found: &Value) -> Option<Moved> {
        let after = settle(found, desired.value(), &self.rules);
        let due = deltas(found, &after, &self.rules);
        let shift = |delta| Shift { was: None, ..shift(delta, &[]) };
        (!due.is_empty()).then(|| Moved::Made(due.iter().map(shift).collect()))
    }

    fn priced(&self, kind: &str, before: &Value, desired: &Body) -> Vec<Delta> {
        let after = settle(before, desired.value(), &self.rules);
        let mut found = deltas(before, &after, &self.rules);
        price(kind, before, &after, &mut found);
        found
    }

    fn is_owned(&self, found: &Value) -> bool {
        is_owned(self.owner.as_deref(), found)
    }
}

/// Tells whether a tag names the owner, letter by letter: `H` is not `h`.
fn is_owned(owner: Option<&str>, found: &Value) -> bool {
    owner.is_none_or(|owner| tag(found, ENVIRONMENT) == Some(owner))
}

fn owner(found: &Value, is_new: bool) -> Moved {
    Moved::Owner { now: tag(found, ENVIRONMENT).map(str::to_owned), is_new }
}

/// Tells whether the user was shown this very change, and at no lower price.
fn is_agreed(due: &Delta, agreed: &[Delta]) -> bool {
    agreed.iter().any(|shown| {
        shown.path == due.path
            && shown.before == due.before
            && shown.after == due.after
            && due.cost <= shown.cost
    })
}

/// Where the plan had nothing to change, what was seen was as wished.
fn shift(due: &Delta, agreed: &[Delta]) -> Shift {
    let due = shown(due);
    let earlier = agreed.iter().find(|delta| delta.path == due.path).map(shown);
    let was = earlier.map_or_else(|| due.after.clone(), |delta| delta.before);
    Shift { path: due.path, was, now: due.before, wish: due.after }
}

/// Returns the condition that a resource is as it was read; what Azure is still at work on changes
/// its mark by itself.
fn unchanged(mark: Option<&str>, found: &Value) -> Condition {
    let at = mark.filter(|_| !is_busy(found));
    let text = at.and_then(|at| at.split('.').try_fold(found, |inner, name| inner.get(name)));
    text.and_then(Value::as_str)
        .map_or(Condition::Any, |mark| Condition::Unchanged(mark.to_owned()))
}

/// What is to be deleted, as it was seen when that was planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Deletion {
    /// What was seen.
    pub seen: Value,
    /// The environment that its tag must name; `None` where the type carries no tags.
    pub owner: Option<String>,
    /// Where a body holds the mark that a request may name, if one may.
    pub mark: Option<&'static str>,
    /// The lists in its body of what lies in it or uses it.
    pub holds: &'static [&'static str],
    /// What the request asks for beside the condition.
    pub asks: Option<(&'static str, &'static str)>,
    /// Whether it may go only as long as its expiry says what it said.
    pub is_timed: bool,
}

impl Deletion {
    /// Returns the deletion of what an environment owns, by its tag where its type carries tags.
    pub fn of(id: &ResourceId, seen: &Value, environment: &str) -> Self {
        let traits = traits_of(&id.resource_type());
        let owner = traits.claim.is_by_tag(seen).then(|| environment.to_owned());
        let (mark, holds) = (traits.etag, traits.holds);
        Self { seen: seen.clone(), owner, mark, holds, asks: traits.for_good, is_timed: false }
    }

    /// Decides on what was found just now: the condition to delete it under, or why it stays.
    ///
    /// A deletion takes along what stands in it. What the plan did not show the user, a subnet that
    /// was placed a minute ago say, must not go that way.
    pub fn decide(&self, found: &Value) -> Result<Condition, Moved> {
        if !is_owned(self.owner.as_deref(), found) {
            return Err(owner(found, false));
        }
        let until = tag(found, EXPIRES);
        if self.is_timed && until != tag(&self.seen, EXPIRES) {
            return Err(Moved::Extended { until: until.map(str::to_owned) });
        }
        let came: Vec<String> =
            self.holds.iter().flat_map(|list| appeared(list, &self.seen, found)).collect();
        if came.is_empty() { Ok(unchanged(self.mark, found)) } else { Err(Moved::Inside(came)) }
    }
}

/// Returns what a list holds now and did not, as people read it.
fn appeared(list: &str, seen: &Value, found: &Value) -> Vec<String> {
    let noun = list.rsplit('.').next().unwrap_or(list);
    let before: Vec<String> = items(list, seen).into_iter().map(key).collect();
    let new = items(list, found).into_iter().filter(|item| !is_of_aks(item));
    let new = new.filter(|item| !before.contains(&key(item)));
    new.map(|item| match elsewhere(item, found) {
        Some(id) => format!("`{}` ({noun}) uses it", id.names().join("/")),
        None => format!("`{}` ({noun}) came into it", name(item)),
    })
    .collect()
}

/// Returns the id of what lies outside of what lists it: that uses it.
fn elsewhere(item: &Value, list_of: &Value) -> Option<ResourceId> {
    let id = id_of(item)?;
    let inside = id_of(list_of).is_none_or(|outer| id.is_under(&outer));
    (!inside).then_some(id)
}

fn name(item: &Value) -> &str {
    let text = |at: &str| item.get(at).and_then(Value::as_str);
    let id = text("id").and_then(|id| id.rsplit('/').next());
    text("name").or(id).unwrap_or_default()
}

fn key(item: &Value) -> String {
    let id = item.get("id").and_then(Value::as_str);
    id.unwrap_or_else(|| name(item)).to_ascii_lowercase()
}

#[cfg(test)]
#[path = "wish_tests.rs"]
mod tests;

//! The rule words: how desired and observed meet where the default is not enough.
//!
//! A kind lists its rules in a table next to its body. Rules are data: they can be read, counted
//! and tested, and no kind compares anything by hand.

use std::sync::Arc;

/// The rules of one resource, shared by all that meet in the same way.
pub type Rules = Arc<[Rule]>;

/// A value that Azure leaves out of its answers when it has this value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Assumed {
    /// A text, compared ignoring case.
    Text(&'static str),
    /// A flag.
    Flag(bool),
    /// A whole number.
    Number(i64),
}

/// When a place goes away that the wish does not name; a sibling stands in the same object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// The sibling reads one of these words, afterwards.
    Reads(&'static str, &'static [&'static str]),
    /// The sibling reads something else than these words.
    Other(&'static str, &'static [&'static str]),
    /// The sibling does not read this word; it may be absent.
    Unless(&'static str, &'static str),
    /// The wish names the sibling, which takes its place.
    Named(&'static str),
}

impl When {
    /// Returns the name of the sibling.
    pub const fn sibling(self) -> &'static str {
        match self {
            Self::Reads(name, _)
            | Self::Other(name, _)
            | Self::Unless(name, _)
            | Self::Named(name) => name,
        }
    }
}

/// What Azure takes together only: a value, and what another place must read while it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need {
    /// Where the value stands.
    pub at: &'static str,
    /// The value that has the need.
    pub reads: Assumed,
    /// The place that it needs to read one of `takes`.
    pub with: &'static str,
    /// The words that go with it.
    pub takes: &'static [&'static str],
    /// The fields of a profile that say the one and the other.
    pub fields: (&'static str, &'static str),
}

/// How desired and observed meet at one place, given as a pattern of [`diff`](crate::diff).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// A list is a set of objects that meet by this key; order is no difference, and items that
    /// only Azure has stay.
    Keyed(&'static str, &'static str),
    /// Of items of a keyed list that agree at these places Azure takes one: what is wished takes the
    /// place of what is not.
    Displaces(&'static str, &'static [&'static str]),
    /// A list of plain values is a set: order is no difference.
    Unordered(&'static str),
    /// Texts of a list, names of its items, or keys of an object, that begin so are Azure's own:
    /// they stay, whoever is silent about them.
    Owned(&'static str, &'static str),
    /// A list that Azure completes: what is named is the wish, of an IP family that is not named
    /// the rest is Azure's own, often random.
    PerFamily(&'static str),
    /// A list of ranges that others may add to: theirs stay, save where a range that is named takes
    /// their place.
    Joined(&'static str),
    /// An object that is the wish and nothing else: what it does not name goes.
    Whole(&'static str),
    /// One setting at two places, a value and, under this sibling name, a list of it: each spelling
    /// means the other, and where Azure keeps both, both are written.
    Twin(&'static str, &'static str),
    /// An empty wish removes what stands there, save what is Azure's own.
    Clears(&'static str),
    /// What the wish does not name goes away when a sibling no longer wants it, and is not sent.
    Goes(&'static str, When),
    /// A switch that Azure never takes back.
    Latched(&'static str),
    /// A version never steps back behind what Azure already reached.
    AtLeast(&'static str),
    /// Observed wins while the sibling flag is on, kept within the two sibling bounds. Below a
    /// bound that was wished before, Azure is still on its way and is left alone.
    YieldsWhen {
        /// Where the value stands.
        at: &'static str,
        /// The sibling that hands the value to Azure.
        flag: &'static str,
        /// The siblings that hold the least and the most it may be.
        within: (&'static str, &'static str),
    },
    /// Equal when spelt alike ignoring case and spaces; of an object, its keys.
    Folded(&'static str),
    /// An address alone is the range of it.
    Hosts(&'static str),
    /// Absent in Azure's answer means this value.
    AbsentIs(&'static str, Assumed),
    /// The members have names and values of the author's own, and an empty text is one of them.
    Literal(&'static str),
    /// Two settings that Azure takes together only. A profile that says one and leaves the other as
    /// it stands may break it.
    Needs(&'static Need),
    /// Zero asks Azure to choose.
    ZeroIsUnset(&'static str),
    /// Only the create says it; afterwards what Azure has stands.
    CreateOnly(&'static str),
    /// A word that Azure answers in another case than it specifies: sent as specified, and
    /// compared ignoring case.
    Spelt(&'static str, &'static str),
    /// An old name, and the new one that Azure answers with: one and the same, sent as the new one.
    Renamed(&'static str, &'static str, &'static str),
    /// `null` removes nothing here: Azure takes it for silence and keeps what it filled in itself.
    Lasting(&'static str),
    /// A rule of how documents meet that holds while this place, in the settled document, reads so.
    /// It must not speak of that place itself, and prices stand outside.
    While(&'static str, &'static str, &'static Rule),
    /// A rule of how documents meet that holds where the wish itself says so at this place.
    Asked(&'static str, &'static str, &'static Rule),
    /// Azure's own: never sent, never compared.
    Server(&'static str),
    /// Sent on create, never compared, never shown.
    Secret(&'static str),
    /// A change here costs a replacement of the resource.
    Fixed(&'static str),
    /// A change here restarts or reimages nodes.
    Rolls(&'static str),
}

pub use Rule::{
    AbsentIs, Asked, AtLeast, Clears, CreateOnly, Displaces, Fixed, Folded, Goes, Hosts, Joined,
    Keyed, Lasting, Latched, Literal, Needs, Owned, PerFamily, Renamed, Rolls, Secret, Server,
    Spelt, Twin, Unordered, While, Whole, ZeroIsUnset,
};

impl Rule {
    /// Returns the pattern of the place that the rule speaks of.
    pub const fn at(&self) -> &'static str {
        match self {
            Self::Keyed(at, _)
            | Self::Spelt(at, _)
            | Self::Owned(at, _)
            | Self::AbsentIs(at, _)
            | Self::YieldsWhen { at, .. }
            | Self::Renamed(at, ..)
            | Self::Joined(at)
            | Self::Displaces(at, _)
            | Self::Whole(at)
            | Self::Lasting(at)
            | Self::PerFamily(at)
            | Self::Twin(at, _)
            | Self::Clears(at)
            | Self::Goes(at, _)
            | Self::Latched(at)
            | Self::Literal(at)
            | Self::Unordered(at)
            | Self::AtLeast(at)
            | Self::Folded(at)
            | Self::Hosts(at)
            | Self::ZeroIsUnset(at)
            | Self::CreateOnly(at)
            | Self::Server(at)
            | Self::Secret(at)
            | Self::Fixed(at)
            | Self::Rolls(at) => at,
            Self::Needs(need) => need.at,
            Self::While(_, _, rule) | Self::Asked(_, _, rule) => rule.at(),
        }
    }
}

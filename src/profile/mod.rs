//! What the user wrote: the profile, read and checked without a network.
//!
//! [`load`] turns text into a [`Profile`] or into all problems at once, each with its place in the
//! text. The stages: `yaml` (a tree that knows its lines), `set` (overrides from the command line),
//! `shape` (the tree against the schema of the types), `check` (rules across fields). Nothing here
//! reads files, knows Azure's API or draws on a terminal.

pub mod builtin;
mod check;
mod claims;
mod draft;
mod edit;
mod foreign;
mod format;
mod json_schema;
mod layout;
mod meant;
mod place;
pub mod problem;
pub mod ranges;
pub mod raw;
pub mod reference;
pub mod roles;
pub mod schema;
mod secret;
mod set;
mod shape;
mod shape_words;
pub mod switches;
mod yaml;

use std::sync::LazyLock;

use serde_json::Value as Json;

pub use self::claims::Claim;
pub use self::draft::{draft, flow};
pub use self::edit::edit;
pub use self::json_schema::schema_json;
pub use self::problem::{Problem, Problems, Severity};
pub use self::ranges::{Ranges, Surroundings};
pub use self::schema::Profile;
pub use self::set::Overrides;
pub use self::yaml::{SIZE_LIMIT, too_large};

use self::place::Places;
use self::problem::Source;

/// A profile that can be used, and what its author may want to know.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The profile.
    pub profile: Profile,
    /// Advice: fields without effect, retirements, sizes that will bind. No errors.
    pub advice: Problems,
    /// The fields that are written without a value, as paths: as if they were not written.
    pub blanks: Vec<String>,
}

/// Reads a profile from a file's bytes, with what the command line changes in it.
///
/// `origin` is the name that problems show: a file name or a built-in profile's. All problems come
/// at once; a profile is returned only when there is no error among them.
pub fn load(bytes: &[u8], origin: &str, overrides: &Overrides) -> Result<Loaded, Problems> {
    let text = yaml::text(bytes).map_err(|problem| Problems::one(origin, *problem))?;
    let mut found = Problems::default();
    found.sources.push(Source { name: origin.to_owned(), text: text.to_owned() });
    let root = yaml::parse(text, 0, &mut found.list);
    let Some(mut root) = root.filter(|root| !is_empty(root)) else {
        if found.list.is_empty() {
            let hint = "`akstool profiles kubenet` prints a profile to start from";
            found.list.push(Problem::error("the file is empty").hint(hint));
        }
        return Err(found);
    };
    for (option, text, path) in overrides.texts() {
        let source = found.sources.len();
        set::apply(&mut root, text, path, source, &mut found.list);
        found.sources.push(Source { name: option.to_owned(), text: text.to_owned() });
    }
    finish(&root, found)
}

fn is_empty(root: &yaml::Node) -> bool {
    matches!(&root.value, yaml::Value::Scalar(scalar) if scalar.meaning() == yaml::Meaning::Null)
}

fn finish(root: &yaml::Node, mut found: Problems) -> Result<Loaded, Problems> {
    secret::hide(root, &mut found.sources);
    let shaped = shape::shape(root, &SCHEMA);
    found.list.extend(shaped.problems);
    let profile = match serde_json::from_value::<Profile>(shaped.json) {
        Ok(profile) => profile.under_one_key(),
        Err(error) => {
            if found.errors() == 0 {
                found.list.push(Problem::error(format!("the profile cannot be read: {error}")));
            }
            found.sort();
            return Err(found);
        }
    };
    let places = Places::of(root);
    if shaped.stand_ins.len() <= problem::LISTED {
        found.list.extend(check::check(&profile, &places, &shaped.stand_ins));
    }
    let errors = found.errors();
    // Advice on a profile that cannot be used would only hide what is wrong with it.
    found.list.retain(|problem| errors == 0 || problem.severity == Severity::Error);
    found.sort();
    if errors > 0 {
        Err(found)
    } else {
        Ok(Loaded { profile, advice: found, blanks: shaped.blanks })
    }
}

static SCHEMA: LazyLock<Json> = LazyLock::new(schema_json);

#[cfg(test)]
mod tests;

//! A query, run: tables of rows, a row an object of columns.

use std::cell::OnceCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::super::TENANT;
use super::super::provider::{self, GROUP};
use super::super::world::{Entry, World, subscription_of};
use super::super::{LATEST, list};
use super::query::{Expr, Query, Stage};
use crate::arm::id::ResourceId;

/// The columns that are made of a resource's body.
const OF_BODY: [&str; 11] = [
    "kind",
    "location",
    "managedBy",
    "sku",
    "plan",
    "properties",
    "tags",
    "identity",
    "zones",
    "extendedLocation",
    "systemData",
];

/// A row: columns that are known, and a resource whose body is read when one of it is asked for. A
/// subscription holds thousands, and most questions are about few.
#[derive(Clone, Default)]
pub(super) struct Row<'w> {
    own: Map<String, Value>,
    rest: Option<Rc<Rest<'w>>>,
}

struct Rest<'w> {
    world: &'w World,
    entry: &'w Entry,
    read: OnceCell<Map<String, Value>>,
}

impl Rest<'_> {
    fn columns(&self) -> &Map<String, Value> {
        self.read.get_or_init(|| {
            let mut shown = provider::show(self.world, self.entry, LATEST);
            let column = |name: &&str| {
                let value = shown.get_mut(*name).map(Value::take);
                let is_text = ["kind", "location", "managedBy"].contains(name);
                let none = if is_text { json!("") } else { Value::Null };
                ((*name).to_owned(), value.unwrap_or(none))
            };
            OF_BODY.iter().map(column).collect()
        })
    }
}

impl Row<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        let rest = || self.rest.as_ref().filter(|_| OF_BODY.contains(&name));
        self.own.get(name).or_else(|| rest()?.columns().get(name))
    }

    /// Returns the row with all its columns.
    pub(super) fn whole(self) -> Map<String, Value> {
        let mut own = self.own;
        for (name, value) in self.rest.iter().flat_map(|rest| rest.columns()) {
            own.entry(name.clone()).or_insert_with(|| value.clone());
        }
        own
    }
}

/// Returns the rows that a query comes to.
pub(super) fn rows<'w>(
    world: &'w World,
    within: &[String],
    query: &Query,
) -> Result<Vec<Row<'w>>, String> {
    let mut rows = table(world, within, &query.table)?;
    for stage in &query.stages {
        rows = staged(world, within, rows, stage)?;
    }
    Ok(rows)
}

fn staged<'w>(
    world: &'w World,
    within: &[String],
    rows: Vec<Row<'w>>,
    stage: &Stage,
) -> Result<Vec<Row<'w>>, String> {
    match stage {
        Stage::Where(condition) => filtered(rows, condition),
        Stage::Extend(columns) => {
            rows.into_iter().map(|row| extended(row.clone(), &row, columns)).collect()
        }
        Stage::Project(columns) => {
            rows.into_iter().map(|row| extended(Row::default(), &row, columns)).collect()
        }
        Stage::Union(other) => {
            let more = self::rows(world, within, other)?;
            Ok(rows.into_iter().chain(more).collect())
        }
        Stage::Join(kind, other, on) => {
            let right = self::rows(world, within, other)?;
            Ok(joined(rows, right, kind, on))
        }
        Stage::Order(by) => ordered(rows, by),
        Stage::Take(most) => Ok(rows.into_iter().take(*most).collect()),
        Stage::Count => {
            let own = Map::from_iter([("Count".to_owned(), json!(rows.len()))]);
            Ok(vec![Row { own, rest: None }])
        }
    }
}

/// The rows of a table.
fn table<'w>(world: &'w World, within: &[String], name: &str) -> Result<Vec<Row<'w>>, String> {
    let here = |entry: &&Entry| {
        let at = subscription_of(&entry.id);
        at.is_some_and(|at| within.iter().any(|one| one.eq_ignore_ascii_case(at)))
    };
    let all: Vec<&'w Entry> = match name {
        "resourcecontainers" => world.of_kind(GROUP).filter(here).collect(),
        "resources" => world.all().filter(|one| list::is_top_level(one)).filter(here).collect(),
        other => return Err(format!("`{other}` is no table that the embedded Azure knows")),
    };
    let row = |entry: &'w Entry| {
        let rest = Some(Rc::new(Rest { world, entry, read: OnceCell::new() }));
        Row { own: light(entry), rest }
    };
    Ok(all.into_iter().map(row).collect())
}

/// What is known of a resource by its id.
fn light(entry: &Entry) -> Map<String, Value> {
    let id = ResourceId::parse(&entry.id).ok();
    let group = id.and_then(|id| Some(id.group_name()?.to_ascii_lowercase()));
    let kind = if entry.is(GROUP) {
        "microsoft.resources/subscriptions/resourcegroups".to_owned()
    } else {
        entry.kind.to_ascii_lowercase()
    };
    let name = entry.id.rsplit('/').next().unwrap_or_default();
    let values = [
        ("id", json!(entry.id)),
        ("name", json!(name)),
        ("type", json!(kind)),
        ("tenantId", json!(TENANT)),
        ("resourceGroup", json!(group)),
        ("subscriptionId", json!(subscription_of(&entry.id))),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn filtered<'w>(rows: Vec<Row<'w>>, condition: &Expr) -> Result<Vec<Row<'w>>, String> {
    let mut kept = Vec::new();
    for row in rows {
        if truth(&value(condition, &row)?) {
            kept.push(row);
        }
    }
    Ok(kept)
}

fn extended<'w>(
    mut into: Row<'w>,
    row: &Row<'w>,
    columns: &[(String, Expr)],
) -> Result<Row<'w>, String> {
    for (name, column) in columns {
        into.own.insert(name.clone(), value(column, row)?);
    }
    Ok(into)
}

/// Joins each row with those of the other table that agree; a column that both have gets a `1`.
fn joined<'w>(rows: Vec<Row<'w>>, right: Vec<Row<'w>>, kind: &str, on: &[String]) -> Vec<Row<'w>> {
    let key = |row: &Row<'_>| {
        let parts = on.iter().map(|name| text(row.get(name).unwrap_or(&Value::Null)));
        parts.collect::<Vec<String>>()
    };
    let mut found: BTreeMap<Vec<String>, Vec<Map<String, Value>>> = BTreeMap::new();
    for row in right {
        found.entry(key(&row)).or_default().push(row.whole());
    }
    let nothing = [Map::new()];
    let mut all = Vec::new();
    for row in rows {
        let partners = match found.get(&key(&row)) {
            Some(partners) => partners.as_slice(),
            None if kind == "leftouter" => &nothing,
            None => continue,
        };
        for partner in partners {
            let mut one = row.clone();
            for (name, value) in partner {
                let is_taken = row.own.contains_key(name)
                    || row.rest.is_some() && OF_BODY.contains(&name.as_str());
                let name = if is_taken { format!("{name}1") } else { name.clone() };
                one.own.insert(name, value.clone());
            }
            all.push(one);
        }
    }
    all
}

fn ordered<'w>(rows: Vec<Row<'w>>, by: &[(Expr, bool)]) -> Result<Vec<Row<'w>>, String> {
    let mut keyed = Vec::new();
    for row in rows {
        let keys =
            by.iter().map(|(key, _)| value(key, &row)).collect::<Result<Vec<Value>, String>>()?;
        keyed.push((keys, row));
    }
    keyed.sort_by(|(one, _), (other, _)| {
        let each = one.iter().zip(other).zip(by).map(|((one, other), (_, downwards))| {
            let order = order(one, other);
            if *downwards { order.reverse() } else { order }
        });
        each.fold(Ordering::Equal, Ordering::then)
    });
    Ok(keyed.into_iter().map(|(_, row)| row).collect())
}

fn order(one: &Value, other: &Value) -> Ordering {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => text(one).cmp(&text(other)),
    }
}

/// Returns what an expression comes to in a row; what is not there is nothing.
fn value(of: &Expr, row: &Row<'_>) -> Result<Value, String> {
    Ok(match of {
        Expr::Text(text) => json!(text),
        Expr::Number(number) => json!(number),
        Expr::Column(name) => row.get(name).cloned().unwrap_or_default(),
        Expr::Member(outer, name) => value(outer, row)?.get(name).cloned().unwrap_or_default(),
        Expr::And(one, other) => json!(truth(&value(one, row)?) && truth(&value(other, row)?)),
        Expr::Or(one, other) => json!(truth(&value(one, row)?) || truth(&value(other, row)?)),
        Expr::Among(wanted, one, all) => {
            let one = text(&value(one, row)?);
            let mut found = false;
            for other in all {
                found |= text(&value(other, row)?).eq_ignore_ascii_case(&one);
            }
            json!(found == *wanted)
        }
        Expr::Compare(verb, one, other) => {
            json!(compared(verb, &value(one, row)?, &value(other, row)?))
        }
        Expr::Call(name, given) => {
            let given = given.iter().map(|one| value(one, row)).collect::<Result<Vec<_>, _>>()?;
            called(name, &given)?
        }
    })
}

fn compared(verb: &str, one: &Value, other: &Value) -> bool {
    let (left, right) = (text(one), text(other));
    let (low, part) = (left.to_lowercase(), right.to_lowercase());
    match verb {
        "==" => left == right,
        "!=" => left != right,
        "=~" => low == part,
        "!~" => low != part,
        "contains" => low.contains(&part),
        "!contains" => !low.contains(&part),
        "has" => low.split(|c: char| !c.is_alphanumeric()).any(|term| term == part),
        "startswith" => low.starts_with(&part),
        "endswith" => low.ends_with(&part),
        "<" => order(one, other) == Ordering::Less,
        ">" => order(one, other) == Ordering::Greater,
        "<=" => order(one, other) != Ordering::Greater,
        _ => order(one, other) != Ordering::Less,
    }
}

fn called(name: &str, given: &[Value]) -> Result<Value, String> {
    let one = given.first().unwrap_or(&Value::Null);
    Ok(match name {
        "tostring" => json!(text(one)),
        "tolower" => json!(text(one).to_lowercase()),
        "toupper" => json!(text(one).to_uppercase()),
        "isnull" => json!(one.is_null()),
        "isnotnull" => json!(!one.is_null()),
        "isempty" => json!(text(one).is_empty()),
        "isnotempty" => json!(!text(one).is_empty()),
        "not" => json!(!truth(one)),
        "strcat" => json!(given.iter().map(text).collect::<String>()),
        other => return Err(format!("`{other}` is no function that the embedded Azure knows")),
    })
}

fn truth(value: &Value) -> bool {
    value.as_bool().unwrap_or_default()
}

/// Returns a value as text: nothing is empty, what is made of others is JSON.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

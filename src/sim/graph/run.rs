//! A query, run: tables of rows, a row an object of columns.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::TENANT;
use super::super::provider::{self, GROUP};
use super::super::world::{Entry, World, subscription_of};
use super::super::{LATEST, list};
use super::query::{Expr, Query, Stage};
use crate::arm::id::ResourceId;

type Row = Map<String, Value>;

/// Returns the rows that a query comes to.
pub(super) fn rows(world: &World, within: &[String], query: &Query) -> Result<Vec<Row>, String> {
    let first = query.stages.iter().map_while(|stage| match stage {
        Stage::Where(condition) if is_of_ids(condition) => Some(condition),
        _ => None,
    });
    let first: Vec<&Expr> = first.collect();
    let mut rows = table(world, within, &query.table, &first)?;
    for stage in &query.stages {
        rows = staged(world, within, rows, stage)?;
    }
    Ok(rows)
}

fn staged(
    world: &World,
    within: &[String],
    rows: Vec<Row>,
    stage: &Stage,
) -> Result<Vec<Row>, String> {
    match stage {
        Stage::Where(condition) => filtered(rows, condition),
        Stage::Extend(columns) => {
            rows.into_iter().map(|row| extended(row.clone(), row, columns)).collect()
        }
        Stage::Project(columns) => {
            rows.into_iter().map(|row| extended(Row::new(), row, columns)).collect()
        }
        Stage::Union(other) => {
            let more = self::rows(world, within, other)?;
            Ok(rows.into_iter().chain(more).collect())
        }
        Stage::Join(kind, other, on) => {
            let right = self::rows(world, within, other)?;
            Ok(joined(rows, &right, kind, on))
        }
        Stage::Order(by) => ordered(rows, by),
        Stage::Take(most) => Ok(rows.into_iter().take(*most).collect()),
        Stage::Count => Ok(vec![Row::from_iter([("Count".to_owned(), json!(rows.len()))])]),
    }
}

/// The rows of a table. Bodies are read of what passes `first` alone: a table may hold thousands.
fn table(
    world: &World,
    within: &[String],
    name: &str,
    first: &[&Expr],
) -> Result<Vec<Row>, String> {
    let groups = match name {
        "resourcecontainers" => true,
        "resources" => false,
        other => return Err(format!("`{other}` is no table that the embedded Azure knows")),
    };
    let here = |entry: &&Entry| {
        subscription_of(&entry.id)
            .is_some_and(|at| within.iter().any(|one| one.eq_ignore_ascii_case(at)))
    };
    let all: Vec<&Entry> = match groups {
        true => world.of_kind(GROUP).filter(here).collect(),
        false => world.all().filter(|entry| list::is_top_level(entry)).filter(here).collect(),
    };
    let mut rows = Vec::new();
    for entry in all {
        let light = light(entry);
        let mut passes = true;
        for condition in first {
            passes = passes && truth(&value(condition, &light)?);
        }
        if passes {
            rows.push(whole(world, entry, light));
        }
    }
    Ok(rows)
}

/// What is known of a row by its id.
fn light(entry: &Entry) -> Row {
    let group = ResourceId::parse(&entry.id)
        .ok()
        .and_then(|id| Some(id.group_name()?.to_ascii_lowercase()));
    let kind = match entry.is(GROUP) {
        true => "microsoft.resources/subscriptions/resourcegroups".to_owned(),
        false => entry.kind.to_ascii_lowercase(),
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

/// The columns that are made of the body.
fn whole(world: &World, entry: &Entry, mut row: Row) -> Row {
    let mut shown = provider::show(world, entry, LATEST);
    for column in ["kind", "location", "managedBy"] {
        row.insert(column.to_owned(), shown.get(column).cloned().unwrap_or_else(|| json!("")));
    }
    for column in
        ["sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation", "systemData"]
    {
        row.insert(column.to_owned(), shown.get_mut(column).map(Value::take).unwrap_or_default());
    }
    row
}

/// Tells whether a condition asks for nothing but what an id says.
fn is_of_ids(condition: &Expr) -> bool {
    match condition {
        Expr::Text(_) | Expr::Number(_) => true,
        Expr::Column(name) => {
            ["id", "name", "type", "resourceGroup", "subscriptionId"].contains(&name.as_str())
        }
        Expr::Member(..) => false,
        Expr::Call(_, given) => given.iter().all(is_of_ids),
        Expr::Among(_, one, all) => is_of_ids(one) && all.iter().all(is_of_ids),
        Expr::Compare(_, one, other) | Expr::And(one, other) | Expr::Or(one, other) => {
            is_of_ids(one) && is_of_ids(other)
        }
    }
}

fn filtered(rows: Vec<Row>, condition: &Expr) -> Result<Vec<Row>, String> {
    let mut kept = Vec::new();
    for row in rows {
        if truth(&value(condition, &row)?) {
            kept.push(row);
        }
    }
    Ok(kept)
}

fn extended(mut into: Row, row: Row, columns: &[(String, Expr)]) -> Result<Row, String> {
    for (name, column) in columns {
        into.insert(name.clone(), value(column, &row)?);
    }
    Ok(into)
}

/// Joins each row with those of the other table that agree; a column that both have gets a `1`.
fn joined(rows: Vec<Row>, right: &[Row], kind: &str, on: &[String]) -> Vec<Row> {
    let key = |row: &Row| {
        on.iter().map(|name| text(row.get(name).unwrap_or(&Value::Null))).collect::<Vec<_>>()
    };
    let mut found: BTreeMap<Vec<String>, Vec<&Row>> = BTreeMap::new();
    right.iter().for_each(|row| found.entry(key(row)).or_default().push(row));
    let nothing = Row::new();
    let mut all = Vec::new();
    for row in rows {
        let partners = found.get(&key(&row)).cloned();
        let partners = match partners {
            Some(partners) => partners,
            None if kind == "leftouter" => vec![&nothing],
            None => continue,
        };
        for partner in partners {
            let mut one = row.clone();
            for (name, value) in partner {
                let name = if row.contains_key(name) { format!("{name}1") } else { name.clone() };
                one.insert(name, value.clone());
            }
            all.push(one);
        }
    }
    all
}

fn ordered(rows: Vec<Row>, by: &[(Expr, bool)]) -> Result<Vec<Row>, String> {
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
fn value(of: &Expr, row: &Row) -> Result<Value, String> {
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

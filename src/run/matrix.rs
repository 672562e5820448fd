//! One profile as many: `--matrix PATH=VALUE,…`, every value of one with every value of the others.
//!
//! Names derive from the values alone, so that the same command means the same environments, in
//! whatever order the values are typed.

use std::str::FromStr;

/// The most environments that one command line means; chosen: more than a subscription holds.
const MOST: usize = 5000;

/// What people call a field that stands elsewhere in the profile.
const SHORT: [(&str, &str); 2] =
    [("version", "cluster.version"), ("location", "metadata.location")];

/// One field, and the values it takes in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    path: String,
    values: Vec<String>,
}

/// What makes one environment of a matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// What stands behind the profile's name.
    pub(crate) suffix: String,
    /// What is set, as `--set` takes it.
    pub(crate) set: Vec<String>,
}

impl FromStr for Axis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, values) = text.split_once('=').ok_or("has no `=`")?;
        let path = path.trim();
        let full = SHORT.iter().find(|(short, _)| *short == path).map_or(path, |(_, full)| full);
        let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
        if path.is_empty() || values.iter().any(|value| plain(value).is_empty()) {
            return Err("wants a path and values, such as `version=1.33,1.34`".to_owned());
        }
        let twice = values.iter().enumerate().find(|(at, value)| values[..*at].contains(value));
        if let Some((_, value)) = twice {
            return Err(format!("names `{value}` twice"));
        }
        Ok(Self { path: full.to_owned(), values })
    }
}

impl Axis {
    /// Returns the axis as it is typed.
    pub(crate) fn typed(&self) -> String {
        format!("{}={}", self.path, self.values.join(","))
    }
}

/// Returns every cell, the last axis turning fastest; `None` where there are too many.
pub(crate) fn cells(axes: &[Axis]) -> Option<Vec<Cell>> {
    let count = axes.iter().try_fold(1usize, |count, axis| count.checked_mul(axis.values.len()));
    count.filter(|count| *count <= MOST)?;
    let mut all = vec![Cell { suffix: String::new(), set: Vec::new() }];
    for axis in axes {
        let longer = |cell: &Cell, value: &String| Cell {
            suffix: format!("{}-{}", cell.suffix, plain(value)),
            set: [cell.set.clone(), vec![format!("{}={value}", axis.path)]].concat(),
        };
        all = all
            .iter()
            .flat_map(|cell| axis.values.iter().map(move |value| longer(cell, value)))
            .collect();
    }
    Some(all)
}

/// Returns a value as a name may hold it: `1.33` as `1-33`.
fn plain(value: &str) -> String {
    let one = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let words: String = value.chars().map(one).collect();
    words.split_whitespace().collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes(texts: &[&str]) -> Vec<Axis> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn every_value_meets_every_other_and_names_say_which() {
        let all = cells(&axes(&["version=1.33,1.34", "network.plugin=kubenet,azure"])).unwrap();
        let names: Vec<&str> = all.iter().map(|cell| cell.suffix.as_str()).collect();
        assert_eq!(names, ["-1-33-kubenet", "-1-33-azure", "-1-34-kubenet", "-1-34-azure"]);
        assert_eq!(all[3].set, ["cluster.version=1.34", "network.plugin=azure"]);
    }

    #[test]
    fn what_is_no_axis_is_refused() {
        for wrong in ["version", "=1", "version=", "version=1.33,", "version=1,1", "a=-"] {
            assert!(wrong.parse::<Axis>().is_err(), "{wrong}");
        }
        let many: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let axis = format!("pools[system].count={}", many.join(","));
        assert_eq!(cells(&axes(&[&axis, &axis])).map(|all| all.len()), None);
    }
}

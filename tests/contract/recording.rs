//! Recorded traffic, one JSON file a recording.

use std::collections::BTreeMap;
use std::path::PathBuf;

use akstool::arm::{Answer, Method, ResourceId};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// One exchange with the real Azure.
pub(crate) struct Exchange {
    pub(crate) method: Method,
    /// Path and query, without the host.
    pub(crate) url: String,
    pub(crate) sent: Option<Value>,
    pub(crate) answer: Answer,
    /// How often the same answer came in a row.
    pub(crate) repeat: u64,
    /// Seconds since 1970 of the first and the last of them.
    pub(crate) dates: Option<(i64, i64)>,
}

/// One recording.
pub(crate) struct Recording {
    pub(crate) name: String,
    /// When it was recorded, RFC 3339, where that is known.
    pub(crate) recorded: Option<String>,
    pub(crate) exchanges: Vec<Exchange>,
}

impl Exchange {
    /// Returns the path, without the query.
    pub(crate) fn path(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }

    /// Returns the resource the exchange is about.
    pub(crate) fn id(&self) -> Option<ResourceId> {
        ResourceId::parse(self.path()).ok()
    }

    fn read(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let header = |(name, value): (&String, &Value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.to_ascii_lowercase(), value)
        };
        let headers: BTreeMap<String, String> = value
            .get("headers")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(header)
            .collect();
        let date = |key| {
            OffsetDateTime::parse(text(key)?, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
        };
        Some(Self {
            method: serde_json::from_value(value.get("method")?.clone()).ok()?,
            url: without_host(text("url")?).to_owned(),
            sent: value.get("requestBody").filter(|body| !body.is_null()).cloned(),
            answer: Answer {
                status: value.get("status")?.as_u64()?.try_into().ok()?,
                headers,
                body: value.get("responseBody").cloned().unwrap_or_default(),
            },
            repeat: value.get("repeat").and_then(Value::as_u64).unwrap_or(1),
            dates: date("date").map(|from| (from, date("lastDate").unwrap_or(from))),
        })
    }
}

/// Returns a URL without scheme and host.
pub(crate) fn without_host(url: &str) -> &str {
    match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
        None => url,
    }
}

/// Reads every recording at hand, in the order of their names; `None`, with a line that says so,
/// when there are none.
pub(crate) fn all() -> Option<Vec<Recording>> {
    let folder = folder()?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("cannot read `{}`: {error}", folder.display()))
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    Some(files.iter().filter_map(load).collect())
}

/// Reads a file of statistics over all recordings; `None`, with a line that says so, when it is not
/// there.
pub(crate) fn statistics(file: &str) -> Option<Value> {
    let path = folder()?.join("..").join(file);
    if !path.is_file() {
        println!("skipped: no statistics (`{}` is not there)", path.display());
        return None;
    }
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("cannot read `{file}`: {error}"));
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("`{file}` is no JSON: {error}")))
}

/// Returns a folder beside that of the recordings; `None`, with a line that says so, when it is not
/// there.
pub(crate) fn beside(name: &str) -> Option<PathBuf> {
    let found = folder()?.join("..").join(name);
    if found.is_dir() {
        return Some(found);
    }
    println!("skipped: no {name} (`{}` is not there)", found.display());
    None
}

/// Tells whether somebody named the folder to look into: other recordings than those that are known.
pub(crate) fn is_named() -> bool {
    named().is_some()
}

#[expect(clippy::disallowed_methods, reason = "the tests are told by a variable where to look")]
fn named() -> Option<PathBuf> {
    std::env::var_os("AKSTOOL_RECORDINGS").map(PathBuf::from)
}

fn folder() -> Option<PathBuf> {
    if let Some(named) = named() {
        return Some(named);
    }
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus/recordings"));
    if beside.is_dir() {
        return Some(beside);
    }
    println!(
        "skipped: no recordings (AKSTOOL_RECORDINGS is not set, ../shared/corpus/recordings is not there)"
    );
    None
}

/// Reads a recording; what is none is named, and the others are read all the same.
fn load(path: &PathBuf) -> Option<Recording> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
    let read = read
        .and_then(|text| serde_json::from_str::<Value>(&text).map_err(|error| error.to_string()));
    let json = match read {
        Ok(json) => json,
        Err(error) => {
            println!("skipped: `{name}` is no recording: {error}");
            return None;
        }
    };
    let recorded = json.get("recordedFrom").and_then(Value::as_str).map(str::to_owned);
    let list = json.get("interactions").and_then(Value::as_array);
    let exchanges = list.into_iter().flatten().filter_map(Exchange::read).collect();
    Some(Recording { name, recorded, exchanges })
}

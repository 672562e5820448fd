//! One kubeconfig: its text, what it means, and each change as another text of the same.
//!
//! Every change is made to the text and proven by reading it again: it must mean what it meant,
//! but for what was to change. A text in which that cannot be done is refused and stays as it is.

use std::fmt;

use serde_json::{Map, Value, json};

use super::edit;
use super::read::{Error, Kind, Node, read};

/// What a new kubeconfig begins with, in the order in which kubectl writes it.
const SKELETON: &str = "apiVersion: v1\nclusters: []\ncontexts: []\ncurrent-context: \"\"\nkind: Config\npreferences: {}\nusers: []\n";

/// One of the three lists of a kubeconfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Where API servers stand.
    Clusters,
    /// Which user goes to which cluster.
    Contexts,
    /// Who somebody is.
    Users,
}

impl Section {
    /// All of them, in kubectl's order.
    pub(super) const ALL: [Self; 3] = [Self::Clusters, Self::Contexts, Self::Users];

    /// Returns the key of the list.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Clusters => "clusters",
            Self::Contexts => "contexts",
            Self::Users => "users",
        }
    }

    /// Returns the key under which an item has its contents.
    pub(super) const fn inner(self) -> &'static str {
        match self {
            Self::Clusters => "cluster",
            Self::Contexts => "context",
            Self::Users => "user",
        }
    }

    /// Returns the keys that say what others say otherwise: where Azure gives one way to prove
    /// somebody, what is left of another would win or be refused.
    const fn rivals(self) -> &'static [&'static str] {
        match self {
            Self::Clusters => {
                &["certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify"]
            }
            Self::Contexts => &[],
            Self::Users => &[
                "auth-provider",
                "client-certificate",
                "client-certificate-data",
                "client-key",
                "client-key-data",
                "exec",
                "password",
                "token",
                "tokenFile",
                "username",
            ],
        }
    }
}

/// The text of a kubeconfig.
#[derive(Clone)]
pub struct Text {
    /// A mark in front that says how it is encoded.
    mark: &'static str,
    shown: String,
    root: Option<Node>,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text").field("bytes", &self.shown.len()).finish_non_exhaustive()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.mark, self.shown)
    }
}

impl Text {
    /// Reads one; an empty text is a kubeconfig without entries.
    pub fn read(text: &str) -> Result<Self, Error> {
        let (mark, text) = match text.strip_prefix('\u{feff}') {
            Some(rest) => ("\u{feff}", rest),
            None => ("", text),
        };
        let root = read(text)?;
        if let Some(root) = &root {
            shaped(root)?;
        }
        Ok(Self { mark, shown: text.to_owned(), root })
    }

    /// Returns the names in a list.
    pub fn names(&self, section: Section) -> Vec<String> {
        let items = self.list(section).map(Node::items).unwrap_or_default();
        items.iter().filter_map(|item| Some(item.get("name")?.text()?.to_owned())).collect()
    }

    /// Returns what an entry holds.
    pub fn find(&self, section: Section, name: &str) -> Option<Value> {
        Some(self.item(section, name)?.get(section.inner()).map(Node::value).unwrap_or_default())
    }

    /// Returns the name of the current context.
    pub fn current(&self) -> Option<String> {
        let text = self.root.as_ref()?.get("current-context")?.text()?;
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Returns the same with an entry that says what `body` says: one that stands there keeps what
    /// it says beyond that.
    pub(super) fn with(
        &self,
        section: Section,
        name: &str,
        body: &Map<String, Value>,
    ) -> Result<Self, Error> {
        let Some(standing) = self.find(section, name) else {
            return self.put(section, name, body);
        };
        if standing.as_object().is_none_or(Map::is_empty) {
            return self.without(section, name)?.put(section, name, body);
        }
        let mut next = self.clone();
        for (key, value) in body {
            next = next.set(section, name, key, value)?;
        }
        let gone = section.rivals().iter().filter(|key| !body.contains_key(**key));
        for key in gone.filter(|key| standing.get(**key).is_some()) {
            next = next.unset(section, name, key)?;
        }
        Ok(next)
    }

    /// Returns the same with an entry that says this and nothing else.
    pub(super) fn with_only(
        &self,
        section: Section,
        name: &str,
        body: &Map<String, Value>,
    ) -> Result<Self, Error> {
        self.without(section, name)?.put(section, name, body)
    }

    /// Returns the same without an entry.
    pub(super) fn without(&self, section: Section, name: &str) -> Result<Self, Error> {
        let found = self.entry(section.key());
        let Some(((key, list), item)) = found.zip(self.item(section, name)) else {
            return Ok(self.clone());
        };
        let text = edit::remove_item(&self.shown, key, list, item);
        self.changed(text, |meaning| {
            let items = meaning[section.key()].as_array_mut();
            if let Some(items) = items {
                items.retain(|item| item["name"] != name);
            }
        })
    }

    /// Returns the same with another current context; an empty name is none.
    pub(super) fn with_current(&self, name: &str) -> Result<Self, Error> {
        let base = self.founded()?;
        let root = base.root.as_ref().ok_or(Error::Rigid)?;
        let value = Value::String(name.to_owned());
        let text = edit::set(&base.shown, root, "current-context", &value);
        base.changed(text, |meaning| meaning["current-context"] = value.clone())
    }

    /// Adds an entry at the end of its list.
    fn put(&self, section: Section, name: &str, body: &Map<String, Value>) -> Result<Self, Error> {
        let base = self.founded()?;
        let root = base.root.as_ref().ok_or(Error::Rigid)?;
        let item = json!({ section.inner(): body, "name": name });
        let text = edit::add_item(&base.shown, root, section.key(), &item);
        base.changed(text, |meaning| {
            if let Some(items) = meaning[section.key()].as_array_mut() {
                items.push(item.clone());
            }
        })
    }

    fn set(&self, section: Section, name: &str, key: &str, value: &Value) -> Result<Self, Error> {
        let inner = self.inner(section, name)?;
        if inner.get(key).map(Node::value).as_ref() == Some(value) {
            return Ok(self.clone());
        }
        let text = edit::set(&self.shown, inner, key, value);
        self.changed(text, |meaning| {
            if let Some(body) = body_of(meaning, section, name) {
                body.insert(key.to_owned(), value.clone());
            }
        })
    }

    fn unset(&self, section: Section, name: &str, key: &str) -> Result<Self, Error> {
        let text = edit::unset(&self.shown, self.inner(section, name)?, key);
        self.changed(text, |meaning| {
            body_of(meaning, section, name).and_then(|body| body.remove(key));
        })
    }

    /// Returns the same with something in it.
    fn founded(&self) -> Result<Self, Error> {
        if self.root.as_ref().is_some_and(|root| !root.is_null()) {
            return Ok(self.clone());
        }
        self.changed(edit::append(&self.shown, SKELETON), |_| {})
    }

    /// Reads a changed text, which must mean what this one means once `change` is made to it.
    fn changed(&self, text: String, change: impl Fn(&mut Value)) -> Result<Self, Error> {
        let mut meant = meaning(self.root.as_ref());
        change(&mut meant);
        let root = read(&text).map_err(|_| Error::Rigid)?;
        if meaning(root.as_ref()) != meant {
            return Err(Error::Rigid);
        }
        Ok(Self { mark: self.mark, shown: text, root })
    }

    fn entry(&self, key: &str) -> Option<&(Node, Node)> {
        self.root.as_ref()?.entry(key)
    }

    fn list(&self, section: Section) -> Option<&Node> {
        self.entry(section.key()).map(|(_, list)| list)
    }

    fn item(&self, section: Section, name: &str) -> Option<&Node> {
        let named = |item: &&Node| item.get("name").and_then(Node::text) == Some(name);
        self.list(section)?.items().iter().find(named)
    }

    fn inner(&self, section: Section, name: &str) -> Result<&Node, Error> {
        let item = self.item(section, name).ok_or(Error::Rigid)?;
        item.get(section.inner()).ok_or(Error::Rigid)
    }
}

fn body_of<'v>(
    meaning: &'v mut Value,
    section: Section,
    name: &str,
) -> Option<&'v mut Map<String, Value>> {
    let items = meaning[section.key()].as_array_mut()?;
    let item = items.iter_mut().find(|item| item["name"] == name)?;
    item[section.inner()].as_object_mut()
}

/// What a kubeconfig means, nothing left out: an absent list is an empty one.
fn meaning(root: Option<&Node>) -> Value {
    let mut all = match root.map(Node::value) {
        Some(Value::Object(all)) => all,
        _ => Map::new(),
    };
    let usual = [
        ("apiVersion", json!("v1")),
        ("kind", json!("Config")),
        ("preferences", json!({})),
        ("current-context", json!("")),
        ("clusters", json!([])),
        ("contexts", json!([])),
        ("users", json!([])),
    ];
    for (key, value) in usual {
        let standing = all.entry(key).or_insert(Value::Null);
        if standing.is_null() {
            *standing = value;
        }
    }
    Value::Object(all)
}

/// Refuses what is no kubeconfig: whoever names the wrong file shall keep it.
fn shaped(root: &Node) -> Result<(), Error> {
    if root.is_null() {
        return Ok(());
    }
    if !matches!(root.kind, Kind::Map { .. }) {
        return Err(Error::shape(root.line, "it is no mapping, as a kubeconfig is"));
    }
    for (key, wanted) in [("kind", "Config"), ("apiVersion", "v1")] {
        let standing = root.get(key).filter(|node| !node.is_null());
        if let Some(node) = standing.filter(|node| node.text() != Some(wanted)) {
            return Err(Error::shape(node.line, format!("its `{key}` is not `{wanted}`")));
        }
    }
    if let Some(node) = root.get("current-context").filter(|node| node.text().is_none()) {
        return Err(Error::shape(node.line, "its `current-context` is no text"));
    }
    for section in Section::ALL {
        let Some(list) = root.get(section.key()).filter(|list| !list.is_null()) else { continue };
        if !matches!(list.kind, Kind::List { .. }) {
            return Err(Error::shape(list.line, format!("its `{}` is no list", section.key())));
        }
        for item in list.items() {
            let named = item.get("name").and_then(Node::text).is_some();
            let inner = item.get(section.inner());
            let held = inner.is_none_or(|inner| {
                inner.is_null() || matches!(inner.kind, Kind::Map { .. } | Kind::Alias)
            });
            if !named || !held {
                let what = format!("an item of `{}` is none", section.key());
                return Err(Error::shape(item.line, what));
            }
        }
    }
    Ok(())
}

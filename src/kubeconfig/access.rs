//! The way to one cluster: a cluster, a user and a context, as Azure gives them.

use std::fmt;

use serde_json::{Map, Value, json};

use super::read::Error;
use super::text::{Section, Text};

/// The name of the extension that marks what akstool put in.
const EXTENSION: &str = "akstool";

/// The way to one cluster.
#[derive(Clone, PartialEq)]
pub struct Access {
    pub(super) cluster: Entry,
    pub(super) user: Entry,
    pub(super) context: Entry,
}

/// A named entry of a kubeconfig: what stands under `cluster`, `user` or `context`.
#[derive(Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) body: Map<String, Value>,
}

impl Entry {
    fn text(&self, key: &str) -> Option<&str> {
        self.body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("context", &self.context.name).finish_non_exhaustive()
    }
}

/// What says that akstool put an entry there, and for which cluster: an extension, which kubectl and
/// everything built on its library keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The cluster's id in Azure.
    pub cluster: String,
    /// The environment it belongs to.
    pub environment: String,
    /// The server that was put in; another one is another hand's.
    pub server: String,
    /// In a context: the one that was current before.
    pub previous: Option<String>,
}

impl Mark {
    /// Reads the mark of an entry.
    pub(super) fn of(body: &Value) -> Option<Self> {
        let all = body.get("extensions")?.as_array()?;
        let own = all.iter().find(|one| one["name"] == EXTENSION)?;
        let text = |name: &str| own["extension"][name].as_str().map(str::to_owned);
        Some(Self {
            cluster: text("cluster")?,
            environment: text("environment")?,
            server: text("server")?,
            previous: text("previous"),
        })
    }

    /// Puts the mark among an entry's extensions.
    pub(super) fn put(&self, body: &mut Map<String, Value>) {
        let mut extension = json!({ "cluster": self.cluster, "environment": self.environment,
            "server": self.server });
        if let Some(previous) = &self.previous {
            extension["previous"] = json!(previous);
        }
        let mut all = body.get("extensions").and_then(Value::as_array).cloned().unwrap_or_default();
        all.retain(|one| one["name"] != EXTENSION);
        all.push(json!({ "extension": extension, "name": EXTENSION }));
        body.insert("extensions".to_owned(), Value::Array(all));
    }
}

impl Access {
    /// Reads what Azure gives: a kubeconfig with one current context.
    pub fn read(given: &str) -> Result<Self, Error> {
        let text = Text::read(given)?;
        let missing = |what: &str| Error::shape(1, format!("it has no {what}"));
        let name = text.current().ok_or_else(|| missing("current context"))?;
        let context = Self::entry(&text, Section::Contexts, &name);
        let context = context.ok_or_else(|| missing("context of that name"))?;
        let named = |key: &str| context.body.get(key).and_then(Value::as_str).unwrap_or_default();
        let cluster = Self::entry(&text, Section::Clusters, named("cluster"));
        let user = Self::entry(&text, Section::Users, named("user"));
        Ok(Self {
            cluster: cluster.ok_or_else(|| missing("cluster of that name"))?,
            user: user.ok_or_else(|| missing("user of that name"))?,
            context,
        })
    }

    fn entry(text: &Text, section: Section, name: &str) -> Option<Entry> {
        let body = text.find(section, name)?;
        Some(Entry { name: name.to_owned(), body: body.as_object().cloned().unwrap_or_default() })
    }

    /// Returns the URL of the API server.
    pub fn server(&self) -> &str {
        self.cluster.text("server").unwrap_or_default()
    }

    /// Returns the name of the context.
    pub fn context(&self) -> &str {
        &self.context.name
    }

    /// Returns the name of the cluster.
    pub fn cluster(&self) -> &str {
        &self.cluster.name
    }

    /// Returns the name of the user.
    pub fn user(&self) -> &str {
        &self.user.name
    }

    /// Tells whether a program is run for each token: kubelogin, for Entra ID.
    pub fn runs_program(&self) -> bool {
        self.user.body.contains_key("exec") || self.user.body.contains_key("auth-provider")
    }

    /// Returns the application to ask a token for, where kubelogin is run.
    pub fn server_id(&self) -> Option<&str> {
        let args = self.user.body.get("exec")?.get("args")?.as_array()?;
        let mut words = args.iter().filter_map(Value::as_str);
        words.find(|word| *word == "--server-id")?;
        words.next()
    }

    /// Returns the certificate of whoever signs the server's, in base64.
    pub fn authority(&self) -> Option<&str> {
        self.cluster.text("certificate-authority-data")
    }

    /// Returns the user's token.
    pub fn token(&self) -> Option<&str> {
        self.user.text("token")
    }

    /// Returns the user's certificate and its key, in base64.
    pub fn certificate(&self) -> Option<(&str, &str)> {
        let certificate = self.user.text("client-certificate-data")?;
        Some((certificate, self.user.text("client-key-data")?))
    }

    /// Returns everything in it that must be shown nowhere.
    pub fn secrets(&self) -> Vec<String> {
        const HARMLESS: [&str; 2] = ["client-certificate-data", "exec"];
        let bodies = self.user.body.iter().filter(|(key, _)| !HARMLESS.contains(&key.as_str()));
        bodies.filter_map(|(_, value)| value.as_str().map(str::to_owned)).collect()
    }

    /// Calls the context otherwise, and the cluster with it, as the Azure CLI does: two clusters of
    /// one name then fit into one file.
    pub fn renamed(mut self, name: &str) -> Self {
        name.clone_into(&mut self.context.name);
        name.clone_into(&mut self.cluster.name);
        self.context.body.insert("cluster".to_owned(), json!(name));
        self
    }

    /// Calls an administrator's context by a name of its own, as the Azure CLI does, so that it does
    /// not take the place of the user's.
    pub fn as_admin(mut self) -> Self {
        if !self.context.name.ends_with("-admin") {
            self.context.name.push_str("-admin");
        }
        self
    }

    /// Marks everything as put in by akstool.
    pub fn marked(mut self, cluster: &str, environment: &str) -> Self {
        let mark = Mark {
            cluster: cluster.to_owned(),
            environment: environment.to_owned(),
            server: self.server().to_owned(),
            previous: None,
        };
        for entry in [&mut self.cluster, &mut self.user, &mut self.context] {
            mark.put(&mut entry.body);
        }
        self
    }

    /// Returns it as a kubeconfig of its own.
    pub fn to_text(&self) -> Result<String, Error> {
        let text = Text::read("")?
            .with(Section::Clusters, &self.cluster.name, &self.cluster.body)?
            .with(Section::Contexts, &self.context.name, &self.context.body)?
            .with(Section::Users, &self.user.name, &self.user.body)?
            .with_current(&self.context.name)?;
        Ok(text.to_string())
    }

    /// Returns it as a kubeconfig of its own, in JSON.
    pub fn to_json(&self) -> Result<String, Error> {
        let entry = |section: Section, entry: &Entry| json!([{ "name": entry.name, section.inner(): entry.body }]);
        Ok(format!(
            "{}\n",
            json!({
                "apiVersion": "v1", "kind": "Config", "preferences": {},
                "clusters": entry(Section::Clusters, &self.cluster),
                "contexts": entry(Section::Contexts, &self.context),
                "users": entry(Section::Users, &self.user),
                "current-context": self.context.name,
            })
        ))
    }
}

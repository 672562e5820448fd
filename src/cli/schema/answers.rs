//! The JSON Schema of everything that scripts read of akstool or write for it, by name; each comes from
//! the type that is printed or read, so that it cannot say anything else.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::address_plan::AddressPlan;
use crate::arm::trace::Exchange;
use crate::cli::{adopt, check, kubeconfig, list, profiles, sim, status};
use crate::profile::schema_json;
#[cfg(feature = "serve")]
use crate::sim::serve::Invitation;
use crate::ui::{events, reap};
use crate::{doctor, plan};

/// Something that has a schema.
pub(super) struct Form {
    /// Its name, as `--of` takes it.
    pub(super) name: &'static str,
    /// What prints it, or reads it.
    pub(super) of: &'static str,
    make: fn() -> Schema,
}

/// Everything that has one.
pub(super) const FORMS: &[Form] = &[
    form("profile", "a profile", || Schema::try_from(schema_json()).unwrap_or_default()),
    form("plan", "akstool plan PROFILE -o json", printed::<plan::Report<'static>>),
    form("events", "each line of akstool up, down, reap and the like, -o json", events::events),
    form(
        "outcome",
        "the last of these lines, and what -o json prints of a failure",
        events::outcome,
    ),
    form("status", "akstool status NAME -o json", printed::<status::Report<'static>>),
    form("outputs", "akstool status NAME --outputs json", printed::<status::Told>),
    form("list", "akstool list -o json", printed::<list::Report<'static>>),
    form("reap", "akstool reap --summary FILE.json", printed::<reap::Summary<'static>>),
    form("check", "akstool check PROFILE -o json", printed::<check::Report<'static>>),
    form("network", "akstool network PROFILE -o json", printed::<AddressPlan>),
    form("doctor", "akstool doctor -o json", printed::<doctor::Report>),
    form("kubeconfig", "akstool kubeconfig NAME -o json", printed::<kubeconfig::Merged<'static>>),
    form("adopt", "akstool adopt CLUSTER_ID -o json", printed::<adopt::Found<'static>>),
    form("profiles", "akstool profiles -o json", printed::<profiles::Listed>),
    form("built-in", "akstool profiles NAME -o json", printed::<profiles::Printed>),
    form("sim", "akstool sim show -o json", printed::<sim::Shown<'static>>),
    #[cfg(feature = "serve")]
    form("serve", "akstool sim serve -o json", printed::<Invitation>),
    form("trace", "each line of --trace FILE", printed::<Exchange<'static>>),
    form("faults", "--sim-faults FILE", crate::sim::fault::schema),
];

const fn form(name: &'static str, of: &'static str, make: fn() -> Schema) -> Form {
    Form { name, of, make }
}

/// Returns the schema of what is printed of a type.
fn printed<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

impl Form {
    /// Returns the form of a name.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        FORMS.iter().find(|form| form.name == name)
    }

    /// Returns its schema, draft 2020-12.
    pub(super) fn schema(&self) -> Value {
        let mut schema = (self.make)().to_value();
        plain(&mut schema);
        // The profile's has both already, as editors know it.
        if let Some(object) = schema.as_object_mut().filter(|object| !object.contains_key("$id")) {
            let name = self.name;
            object.insert("$id".to_owned(), Value::from(format!("urn:akstool:schema:{name}:v1")));
            object.insert("title".to_owned(), Value::from(self.of));
        }
        schema
    }
}

/// Makes sentences of the documentation: one line, and no links into it.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get_mut("description") {
                *text = text.replace('\n', " ").replace("[`", "`").replace("`]", "`");
            }
            members.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

//! What later steps of a job need of an environment: ids, names, addresses, and where its
//! credentials went.
//!
//! Lists are joined by commas, which no id of Azure's holds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::shell::word;
use crate::visible::on_one_line;

/// What is told of one environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outputs {
    /// Its name.
    pub environment: String,
    /// The subscription.
    pub subscription_id: String,
    /// The group it lies in.
    pub resource_group: String,
    /// The region.
    pub location: String,
    /// The cluster; empty where there is none.
    pub cluster_id: String,
    /// Its name.
    pub cluster_name: String,
    /// The group that AKS keeps its machines in.
    pub node_resource_group: String,
    /// The name of its API server: the public one, else the private one.
    pub fqdn: String,
    /// Who signs the tokens of its workloads, where that is on.
    pub oidc_issuer: String,
    /// The file that its credentials were merged into, where that was asked for.
    pub kubeconfig: String,
    /// The subnets its pools stand in.
    pub subnet_ids: Vec<String>,
    /// The identities it acts with, and those beside it.
    pub identity_ids: Vec<String>,
    /// The clients of identities that are there for workloads.
    pub client_ids: Vec<String>,
    /// The same by the names that the profile has for them.
    pub workload_client_ids: BTreeMap<String, String>,
}

impl Outputs {
    /// Returns names and values, in a fixed order; a value is one line.
    fn all(&self) -> [(&'static str, String); 14] {
        let one = |text: &String| on_one_line(text);
        let list = |items: &Vec<String>| on_one_line(&items.join(","));
        let pair = |(name, client): (&String, &String)| format!("{name}={client}");
        let workloads: Vec<String> = self.workload_client_ids.iter().map(pair).collect();
        [
            ("environment", one(&self.environment)),
            ("subscription-id", one(&self.subscription_id)),
            ("resource-group", one(&self.resource_group)),
            ("location", one(&self.location)),
            ("cluster-id", one(&self.cluster_id)),
            ("cluster-name", one(&self.cluster_name)),
            ("node-resource-group", one(&self.node_resource_group)),
            ("fqdn", one(&self.fqdn)),
            ("oidc-issuer", one(&self.oidc_issuer)),
            ("kubeconfig", one(&self.kubeconfig)),
            ("subnet-ids", list(&self.subnet_ids)),
            ("identity-ids", list(&self.identity_ids)),
            ("client-ids", list(&self.client_ids)),
            ("workload-client-ids", list(&workloads)),
        ]
    }

    /// Returns lines that a shell reads with `eval` or `source`.
    pub fn env(&self) -> String {
        let mut out = String::new();
        for (name, value) in self.all() {
            let _ = writeln!(out, "{}={}", variable(name), word(&value));
        }
        out
    }
}

/// Returns the variable that an output is in the environment.
fn variable(name: &str) -> String {
    format!("AKSTOOL_{}", name.replace('-', "_").to_ascii_uppercase())
}

/// Returns the lines of `GITHUB_OUTPUT`: each output of the only environment, and all of all as JSON.
pub fn github(all: &[Outputs]) -> String {
    let mut out = String::new();
    if let [one] = all {
        for (name, value) in one.all() {
            let _ = writeln!(out, "{name}={value}");
        }
    }
    let json = serde_json::to_string(all).unwrap_or_default();
    let _ = writeln!(out, "environments={}", on_one_line(&json));
    out
}

/// Returns the variables of Azure Pipelines: the same, by the names of the environment.
pub fn pipelines(all: &[Outputs]) -> Vec<(String, String)> {
    let one = match all {
        [one] => one.all().to_vec(),
        _ => Vec::new(),
    };
    let json = serde_json::to_string(all).unwrap_or_default();
    let mut out: Vec<(String, String)> =
        one.into_iter().map(|(name, value)| (variable(name), value)).collect();
    out.push(("AKSTOOL_ENVIRONMENTS".to_owned(), on_one_line(&json)));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_value_sets_its_own_output_and_no_other(text in "(\n|\r|=|'|\\$|a|<<EOF| |%|;)*") {
            let all = [Outputs { fqdn: text.clone(), ..Outputs::default() }];
            let lines = github(&all);
            prop_assert_eq!(lines.lines().count(), 15, "{}", lines);
            let names: Vec<&str> =
                lines.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
            prop_assert_eq!(names[7], "fqdn");
            prop_assert!(names.iter().all(|name| !name.contains("<<")));
            let env = all[0].env();
            let words = shlex::split(&env).expect("a shell reads it");
            prop_assert_eq!(words.len(), 14, "{}", env);
            prop_assert_eq!(&words[7], &format!("AKSTOOL_FQDN={}", on_one_line(&text)));
        }
    }
}

//! The profiles that come with the program; each reads like documentation and is also a test.

/// Slips of the hand up to which a name is taken for another one; chosen: more is another word.
const FARTHEST: usize = 3;

/// A profile that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// Its name, as in `akstool up kubenet`.
    pub name: &'static str,
    /// The file, comments included.
    pub text: &'static str,
}

impl Builtin {
    /// Returns one line on what it is for: the first comment of the file.
    pub fn about(&self) -> &'static str {
        self.text.lines().nth(1).unwrap_or_default().trim_start_matches("# ")
    }
}

macro_rules! builtins {
    ($($name:literal),* $(,)?) => {
        /// Every built-in profile, from the plain models to the special networks.
        pub const ALL: &[Builtin] = &[$(Builtin {
            name: $name,
            text: include_str!(concat!("../../profiles/", $name, ".yaml")),
        }),*];
    };
}

builtins![
    "kubenet",
    "azure-cni",
    "azure-overlay",
    "azure-pod-subnet",
    "azure-pod-subnet-static",
    "azure-overlay-calico",
    "azure-cilium",
    "dual-stack",
    "byo-cni",
    "existing-vnet",
    "kubenet-existing-routes",
    "nat-gateway",
    "egress-appliance",
    "isolated",
    "hub-spoke",
    "storage",
    "private",
    "registry",
    "private-registry",
    "workload-identity",
    "monitoring",
    "node-pools",
    "autoscaling",
    "production",
];

/// Finds a built-in profile by its name.
pub fn find(name: &str) -> Option<&'static Builtin> {
    ALL.iter().find(|builtin| builtin.name == name)
}

/// Finds the built-in profile whose name is nearest to a misspelt one.
pub fn nearest(text: &str) -> Option<&'static str> {
    let far = |name: &str| strsim::damerau_levenshtein(text, name);
    let near = ALL.iter().map(|builtin| (far(builtin.name), builtin.name));
    near.filter(|(distance, _)| *distance <= FARTHEST).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Overrides, load, schema_json};
    use super::*;

    #[test]
    fn every_profile_can_be_used() {
        for builtin in ALL {
            let loaded = load(builtin.text.as_bytes(), builtin.name, &Overrides::default());
            let loaded = loaded.unwrap_or_else(|found| panic!("{found:#?}"));
            let again = serde_json::to_value(&loaded.profile).expect("profiles are JSON");
            let back: super::super::Profile = serde_json::from_value(again).expect("and back");
            assert_eq!(back, loaded.profile, "{}", builtin.name);
        }
    }

    #[test]
    fn every_profile_says_what_it_is_for() {
        for builtin in ALL {
            assert!(
                builtin.text.starts_with("# yaml-language-server: $schema="),
                "{}",
                builtin.name
            );
            assert!(
                (20..=100).contains(&builtin.about().len()),
                "{}: {}",
                builtin.name,
                builtin.about()
            );
        }
    }

    #[test]
    fn every_file_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("a folder")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
            .collect();
        let mut names: Vec<&str> = ALL.iter().map(|builtin| builtin.name).collect();
        files.sort();
        names.sort_unstable();
        assert_eq!(files, names);
    }

    #[test]
    fn one_line_switches_the_model() {
        let text = find("kubenet").expect("kubenet").text;
        for value in ["azure", "none"] {
            let set = vec![format!("network.plugin={value}")];
            let overrides = Overrides { set, ..Overrides::default() };
            let loaded = load(text.as_bytes(), "kubenet", &overrides);
            assert!(loaded.is_ok(), "{value}: {loaded:#?}");
        }
    }

    /// The file beside the profiles, which editors read; regenerate it with `AKSTOOL_UPDATE=1
    /// cargo test`.
    #[test]
    fn the_schema_beside_the_profiles_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/akstool.schema.json");
        let wanted = format!("{}\n", serde_json::to_string_pretty(&schema_json()).expect("JSON"));
        if option_env!("AKSTOOL_UPDATE").is_some() {
            std::fs::write(&path, &wanted).expect("a writable folder");
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == wanted, "run `AKSTOOL_UPDATE=1 cargo test --lib profile`");
    }
}

//! Built-in roles of Azure by the names people know them by.
//!
//! Only those that a cluster or what runs in it is given as a rule; any other is named by its GUID
//! (<https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>).

const BUILT_IN: &[(&str, &str)] = &[
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
    ("Network Contributor", "4d97b98b-1d4f-4787-a291-c67834d212e7"),
    ("DNS Zone Contributor", "befefa01-2a29-4197-83a8-272ff33ce314"),
    ("Private DNS Zone Contributor", "b12aa53e-6015-4669-85d0-8515ebb3ae7f"),
    ("Managed Identity Operator", "f1a07417-d97a-45cb-824c-7a7467783830"),
    ("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d"),
    ("AcrPush", "8311e382-0749-4cb8-b32a-304f252e45ec"),
    ("Key Vault Reader", "21090545-7ca7-4776-b22c-e363652d74d2"),
    ("Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6"),
    ("Key Vault Secrets Officer", "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"),
    ("Key Vault Crypto User", "12338af0-0e69-4776-bea7-57ae8d297424"),
    ("Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"),
    ("Storage Blob Data Contributor", "ba92f5b4-2d11-453d-a403-e96b0029c9fe"),
    ("Storage Queue Data Contributor", "974c5e8b-45b9-4653-ba55-5f855dd0fb88"),
    ("Azure Service Bus Data Sender", "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39"),
    ("Azure Service Bus Data Receiver", "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0"),
    ("App Configuration Data Reader", "516239f1-63e1-4d78-a4de-a74fb236a071"),
    ("Monitoring Reader", "43d0d8ad-25c7-4714-9337-8eba259fe05c"),
    ("Monitoring Data Reader", "b0d8363b-8ddd-447d-831f-62ca05bff136"),
    ("Monitoring Metrics Publisher", "3913510d-42f4-4e42-8a64-420c390055eb"),
];

/// Returns the GUID of a role that is named, by its GUID, or by the id of its definition.
pub fn guid(role: &str) -> Option<String> {
    let known = BUILT_IN.iter().find(|(name, _)| name.eq_ignore_ascii_case(role));
    if let Some((_, guid)) = known {
        return Some((*guid).to_owned());
    }
    let last = role.rsplit('/').next().unwrap_or(role);
    let is_guid = last.len() == 36 && uuid::Uuid::try_parse(last).is_ok();
    is_guid.then(|| last.to_ascii_lowercase())
}

/// Returns the name of the role of a GUID, if it is one of these.
pub fn name(guid: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(_, known)| known.eq_ignore_ascii_case(guid)).map(|(name, _)| *name)
}

/// Returns every name.
pub(super) fn names() -> Vec<&'static str> {
    BUILT_IN.iter().map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_by_its_name_its_guid_or_its_definition() {
        let reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
        let definition = format!("/providers/Microsoft.Authorization/roleDefinitions/{reader}");
        for role in ["reader", &reader.to_uppercase(), &definition] {
            assert_eq!(guid(role).as_deref(), Some(reader), "{role}");
        }
        assert_eq!((guid("Raeder"), name(reader)), (None, Some("Reader")));
    }
}

//! How one reaches a cluster whose API server answers inside its network only.

use crate::arm::ResourceId;
use crate::kind::{BastionHost, Kind as _};
use crate::profile::Profile;
use crate::profile::schema::Bastion;
use crate::shell::Line;

/// Returns the commands that lead in, each with what it does behind it; nothing for a cluster that
/// the world reaches, or where nobody lets anybody in.
pub(crate) fn commands(profile: &Profile, subscription: &str) -> Vec<String> {
    if !profile.network.bastion.as_ref().is_some_and(Bastion::has_tunnel) {
        return Vec::new();
    }
    let name = &profile.metadata.name;
    let pattern = profile.names.bastion.clone().unwrap_or_else(|| "{name}-bastion".to_owned());
    let called = pattern.replace("{name}", name).replace("{location}", &profile.metadata.location);
    let group = profile.metadata.resource_group_or_default();
    let here = ResourceId::resource_group(subscription, group);
    let id = here.resource(BastionHost::TYPE, &called);
    let mut found = Vec::new();
    if profile.cluster.is_private() {
        // General since August 2026; the extension comes by itself.
        let line = Line::new("az aks bastion tunnel --resource-group").value(group);
        let line = line.words("--name").value(profile.cluster_name());
        let line = line.words("--bastion").value(id.as_str());
        let line = line.words("--subscription").value(subscription);
        found.push(format!("{line}   opens a shell in which kubectl reaches it"));
    }
    if let Some(host) = &profile.network.jump_host {
        let machine = here.resource("Microsoft.Compute/virtualMachines", &format!("{name}-jump"));
        let line = Line::new("az network bastion ssh --resource-group").value(group);
        let line = line.words("--name").value(&called);
        let line = line.words("--target-resource-id").value(machine.as_str());
        let line = line.words("--auth-type ssh-key --username").value(host.user_or_default());
        let line = line.words("--ssh-key ~/.ssh/id_ed25519 --subscription").value(subscription);
        found.push(format!("{line}   logs in to the jump host"));
    }
    found
}

/// Says from where a private API server is reached, and by which command, where one is known. The
/// embedded Azure is no place for commands of Azure's.
pub(crate) fn sentence(profile: Option<&Profile>, cluster: &ResourceId, embedded: bool) -> String {
    let ways = profile.filter(|_| !embedded);
    let ways = ways.map(|profile| commands(profile, cluster.subscription_id()));
    let command = ways.into_iter().flatten().next();
    let command = command.as_deref().and_then(|line| line.split("   ").next().map(str::to_owned));
    let inside = "its API server has a private address: it answers inside the network of the cluster, \
                  and in networks that are peered with it and find its name";
    match command {
        Some(command) => format!("{inside}; from elsewhere `{command}` goes through the Bastion"),
        None if embedded || profile.is_some_and(|one| !runs_commands(one)) => inside.to_owned(),
        None => {
            let (group, name) = (cluster.group_name().unwrap_or_default(), cluster.name());
            let line = Line::new("az aks command invoke --resource-group").value(group);
            let line = line.words("--name").value(name).words("--command 'kubectl get nodes'");
            format!("{inside}; from elsewhere `{line}` asks it through Azure")
        }
    }
}

/// Tells whether Azure runs commands in the cluster, as far as the profile says.
fn runs_commands(profile: &Profile) -> bool {
    profile.cluster.api_server.as_ref().and_then(|wish| wish.run_command) != Some(false)
}

/// Tells whether the name of an API server leads to a private address.
pub(crate) fn is_private(server: &str) -> bool {
    let host = server.split("//").last().unwrap_or(server);
    host.contains(".privatelink.") || host.contains(".private.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Cluster;
    use crate::profile::{Overrides, builtin, load};

    fn private(set: &[&str]) -> Profile {
        let text = builtin::find("private").expect("a built-in profile").text;
        let set = set.iter().map(|one| (*one).to_owned()).collect();
        let overrides = Overrides { set, ..Overrides::default() };
        load(text.as_bytes(), "private", &overrides).expect("it holds").profile
    }

    #[test]
    fn the_way_in_is_the_command_to_type() {
        let found = commands(&private(&[]), "s");
        assert_eq!(
            found,
            ["az aks bastion tunnel --resource-group private --name private --bastion \
                 /subscriptions/s/resourceGroups/private/providers/Microsoft.Network/bastionHosts/private-bastion \
                 --subscription s   opens a shell in which kubectl reaches it"]
        );
        assert!(commands(&private(&["network.bastion.sku=basic"]), "s").is_empty());
        let jump = [
            "network.subnets.jump={ cidr: 10.0.3.0/28 }",
            "network.jumpHost={ subnet: jump, sshKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me', user: ops }",
        ];
        let found = commands(&private(&jump), "s");
        assert!(
            found[1].contains("/virtualMachines/private-jump")
                && found[1].contains("--username ops")
        );
    }

    #[test]
    fn whoever_cannot_come_in_is_told_where_it_answers() {
        let cluster = ResourceId::resource_group("s", "g").resource(Cluster::TYPE, "c");
        let told = |profile: Option<&Profile>, embedded| sentence(profile, &cluster, embedded);
        assert!(told(Some(&private(&[])), false).contains("`az aks bastion tunnel "));
        assert!(told(None, false).contains("`az aks command invoke --resource-group g --name c "));
        assert!(!told(Some(&private(&[])), true).contains("az "));
        let closed = private(&["network.bastion=null", "cluster.apiServer.runCommand=false"]);
        assert!(!told(Some(&closed), false).contains("az "));
        assert!(is_private("https://a-1.privatelink.westeurope.azmk8s.io:443"));
        assert!(!is_private("https://a-1.hcp.westeurope.azmk8s.io:443"));
    }
}

//! `akstool status`: what exists, its state, and how it differs from the profile.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::advice::Advice;
use crate::arm::ResourceId;
use crate::arm::error::Fault;
use crate::kind::{
    Claim, Cluster, EXPIRES, FederatedCredential, Identity, Kind as _, POOL, Peering,
    RoleAssignment, VirtualNetwork, spelt,
};
use crate::observe::inventory;
use crate::plan::{self, Found, Inventory, Plan, state, tag};
use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};
use crate::run::load::{self, Read};
use crate::run::options::Intent;
use crate::run::outputs::{add_identities, of_body};
use crate::run::place::{elsewhere, placed};
use crate::run::plan::draw;
use crate::run::planner::{Planner, blanks};
use crate::run::wish::Wish;
use crate::shell;
use crate::ui;
use crate::ui::outputs::Outputs;
use crate::ui::status::{Bounds, Line, Network, Values, draw as table, failures};
use crate::ui::words::{self, clean};

/// Show what exists of an environment, its state, and the drift from its profile
///
/// With a profile the differences are listed as `plan` lists them. With `-o json` one object
/// (`akstool.status/v1`).
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The name of an environment, or its profile
    #[arg(value_name = "NAME|PROFILE")]
    target: String,

    /// Exit with 3 when changes are pending; by name: when something is absent, changing or failed
    #[arg(long)]
    exit_code: bool,

    /// Print nothing but what a job needs later, such as the cluster's id: as `env` or as `json`
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    outputs: Option<Format>,

    #[command(flatten)]
    intent: Intent,
}

/// How outputs are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// `AKSTOOL_CLUSTER_ID=…`, for a shell
    Env,
    /// One object
    Json,
}

/// What `-o json` prints.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report<'a> {
    /// The name and version of this form.
    #[schemars(extend("const" = "akstool.status/v1"))]
    schema: &'static str,
    /// The environment.
    environment: &'a str,
    /// The state of the whole: `absent`, `failed`, `succeeded` or `changing`.
    state: &'static str,
    /// When its time is up, as its tag says.
    expires: Option<&'a str>,
    /// What exists.
    resources: &'a [Line],
    /// What another hand made beside, in or at it, and what uses it.
    foreign: Vec<String>,
    /// What may not be read.
    unseen: Vec<String>,
    /// What stands there although Azure's list of the group does not say so yet.
    late: Vec<String>,
    /// The plan of the profile, where one was given.
    #[schemars(with = "Option<plan::Report<'static>>")]
    drift: Option<Map<String, Value>>,
}

/// What `--outputs json` prints.
#[derive(Serialize, JsonSchema)]
pub(super) struct Told {
    /// The name and version of this form.
    #[schemars(extend("const" = "akstool.outputs/v1"))]
    schema: &'static str,
    #[serde(flatten)]
    outputs: Outputs,
}

impl Run for Status {
    fn typed(&self) -> &[String] {
        std::slice::from_ref(&self.target)
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let typed = [self.target];
        let targets = load::single(load::targets(context, &typed).await?)?;
        let azure = context.connect()?;
        let placed = placed(context, &azure, targets);
        let Some(place) = context.bounded(placed).await??.pop() else { return Ok(Exit::Done) };
        let graph = place.graph();
        let environment = place.environment.name.clone();
        let (line, profile) = (place.typed.clone(), place.profile.as_deref().cloned());
        let read = profile.map(|loaded| Read { line, loaded });
        let wish = read.and_then(|read| Wish::all(context, vec![read], &self.intent).pop());
        // What a job needs says nothing of drift.
        let wish = wish.filter(|_| self.outputs.is_none());
        let work = async {
            let found = inventory(&azure.look(), &place.environment, graph.as_ref()).await?;
            let is_bare = found.owned.is_empty() && place.profile.is_none();
            let away = if is_bare { elsewhere(&azure, &place).await? } else { None };
            let plan = match &wish {
                Some(wish) => Some(wish.plan(&azure).await?),
                None => None,
            };
            Ok::<_, Error>((found, away, plan))
        };
        let (found, away, plan) = context.bounded(Box::pin(work)).await??;
        let lines = lines(&found);
        if let Some(format) = self.outputs {
            tell(context, format, outputs(&environment, &azure.subscription, &found));
            return Ok(exit(&lines, None, self.exit_code));
        }
        if context.screen.terminal().json {
            let drift = wish.as_ref().zip(plan.as_ref());
            let drift = drift.map(|(wish, plan)| ui::json::report(plan, &blanks(context, wish)));
            context.screen.object(&report(&environment, &found, &lines, drift));
        } else {
            let drift = wish.as_ref().zip(plan.as_ref());
            let unsure = plan::unsure(&environment, &found).into_iter().chain(away).collect();
            context.screen.data(&text(context, &environment, (&found, unsure), &lines, drift));
            let flags = context.options.flags();
            // A name does not say which file it came from.
            let next = match wish.as_ref().and_then(Planner::profile) {
                Some(profile) => format!("akstool up {profile}{flags}   tries again"),
                None => format!(
                    "akstool down {}{flags}   takes it all away; `akstool up` with its profile tries again",
                    shell::word(&environment)
                ),
            };
            context.screen.data(&failures(&lines, &next, &context.blanks()));
        }
        Ok(exit(&lines, plan.as_ref(), self.exit_code))
    }
}

/// Returns what is told of an environment, whole or half-made.
fn outputs(environment: &str, subscription: &str, found: &Inventory) -> Outputs {
    let all = || found.owned.iter().map(|owned| (&owned.id, &owned.body));
    let cluster = all().find(|(id, _)| id.is_type(Cluster::TYPE));
    let group = all().find_map(|(id, _)| id.group_name()).unwrap_or_default();
    let half_made = || Outputs { resource_group: group.to_owned(), ..Outputs::default() };
    let mut outputs = Outputs {
        environment: environment.to_owned(),
        subscription_id: subscription.to_owned(),
        ..cluster.map_or_else(half_made, |(id, body)| of_body(&spelt(id), body))
    };
    add_identities(&mut outputs, all());
    outputs
}

fn tell(context: &Context, format: Format, outputs: Outputs) {
    if format == Format::Env && !context.screen.terminal().json {
        return context.screen.exact(&outputs.env());
    }
    context.screen.object(&Told { schema: "akstool.outputs/v1", outputs });
}

fn exit(lines: &[Line], plan: Option<&Plan>, asked: bool) -> Exit {
    let pending = match plan {
        Some(plan) => !plan.is_empty() || !plan.refusals.is_empty(),
        None => overall(lines) != "succeeded",
    };
    if asked && pending { Exit::Pending } else { Exit::Done }
}

fn text(
    context: &Context,
    environment: &str,
    (found, unsure): (&Inventory, Vec<Advice>),
    lines: &[Line],
    drift: Option<(&Wish, &Plan)>,
) -> String {
    let mut out = table(&context.screen, environment, lines);
    if let Some(expires) = expires(found) {
        let _ = write!(out, "\nExpires {}.\n", clean(expires));
    }
    for id in foreign(found) {
        let used = found.uses.iter().filter(|one| one.by == *id).map(|one| &one.of);
        let used = used.filter(|of| !of.is_type(RoleAssignment::TYPE));
        let used: Vec<String> = used.map(|of| words::name(of.as_str())).collect();
        let used =
            if used.is_empty() { String::new() } else { format!(" uses {}", used.join(", ")) };
        let _ = writeln!(out, "Not ours: {}{}", clean(id.as_str()), clean(&used));
    }
    for id in &found.unseen {
        let _ = writeln!(out, "Not seen: {}", clean(id.as_str()));
    }
    for said in &unsure {
        let said = context.blanks().fill(said);
        let _ = writeln!(out, "Not sure: {}.", clean(&said.to_string()));
    }
    match drift {
        Some((_, plan)) if plan.is_empty() && plan.refusals.is_empty() => {
            out.push_str("\nAs the profile says.\n");
            // What it no longer names stands all the same.
            for said in plan.attention.iter().filter(|said| !unsure.contains(*said)) {
                let _ = writeln!(out, "Note: {}.", clean(&context.blanks().fill(said).to_string()));
            }
        }
        Some((wish, plan)) => {
            out.push('\n');
            out.push_str(&draw(context, wish, plan));
        }
        None => {}
    }
    out
}

fn report<'a>(
    environment: &'a str,
    found: &'a Inventory,
    lines: &'a [Line],
    drift: Option<Map<String, Value>>,
) -> Report<'a> {
    Report {
        schema: "akstool.status/v1",
        environment,
        state: overall(lines),
        expires: expires(found),
        resources: lines,
        foreign: foreign(found).into_iter().map(spelling).collect(),
        unseen: found.unseen.iter().map(spelling).collect(),
        late: found.late.iter().map(spelling).collect(),
        drift,
    }
}

fn spelling(id: &ResourceId) -> String {
    spelt(id).as_str().to_owned()
}

/// Returns what another hand made beside, in or at what is ours, and what uses that.
fn foreign(found: &Inventory) -> BTreeSet<&ResourceId> {
    let along = found.along.iter().map(|(peering, _)| peering);
    found.foreign.iter().chain(along).chain(found.uses.iter().map(|one| &one.by)).collect()
}

fn expires(found: &Inventory) -> Option<&str> {
    found.owned.iter().find_map(|owned| tag(&owned.body, EXPIRES))
}

/// Returns the state of the whole in one word.
fn overall(lines: &[Line]) -> &'static str {
    let is = |line: &Line, word: &str| line.state.eq_ignore_ascii_case(word);
    if lines.is_empty() {
        "absent"
    } else if lines.iter().any(Line::has_failed) {
        "failed"
    } else if lines.iter().all(|line| is(line, "Succeeded") || is(line, "Stopped")) {
        "succeeded"
    } else {
        "changing"
    }
}

fn lines(found: &Inventory) -> Vec<Line> {
    let ids = || found.owned.iter().map(|owned| &owned.id);
    // A cluster names the identities of others, or those that lost their tag.
    let owned = found.owned.iter().map(|one| (&one.id, &one.body));
    let acting = owned.flat_map(|(id, body)| plan::ownership::holders_in(id, body));
    let acting = acting.map(|holder| holder.identity);
    let own = ids().filter(|id| id.is_type(Identity::TYPE)).cloned();
    let identities: Vec<ResourceId> = own.chain(acting).collect();
    let mut lines: Vec<Line> = found.owned.iter().map(line).collect();
    for (line, Found { id, body, .. }) in lines.iter_mut().zip(&found.owned) {
        let role = RoleAssignment::role_in(body);
        let holder = |role| RoleAssignment::holder_of(id, role, identities.iter());
        let given = role.as_ref().and_then(|role| Some((role, holder(role)?)));
        if let (Some((role, holder)), Some(scope)) = (given, id.parent()) {
            let on = words::kind(&scope.resource_type());
            line.title = Some(holder.name().to_owned());
            line.detail = format!("{role} on {on} {}", scope.name());
            line.values.role = Some(role.to_string());
            line.values.holder = Some(spelling(holder));
        }
    }
    lines.extend(peerings(found).iter().map(line));
    lines.sort_by_key(|line| line.id.to_lowercase());
    lines
}

/// Returns the peerings of our networks: they lie in them, and go with them.
fn peerings(found: &Inventory) -> Vec<Found> {
    let networks = found.owned.iter().filter(|owned| owned.id.is_type(VirtualNetwork::TYPE));
    let halves = networks.flat_map(|network| {
        let list = network.body.pointer("/properties/virtualNetworkPeerings");
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|half| {
            let id = network.id.child("virtualNetworkPeerings", half.get("name")?.as_str()?);
            Some(Found { id, api: Peering::API, body: half.clone() })
        })
    });
    halves.filter(|half| !found.owned.iter().any(|owned| owned.id == half.id)).collect()
}

fn line(owned: &Found) -> Line {
    let stopped = text_at(&owned.body, "/properties/powerState/code") == Some("Stopped");
    let state = match state(&owned.body) {
        "Succeeded" if stopped => "Stopped",
        other => other,
    };
    // As the plan spells it, whatever Azure answers: scripts join the two by it.
    let id = spelt(&owned.id);
    let values = values(&owned.body);
    Line {
        id: id.as_str().to_owned(),
        kind: id.resource_type(),
        state: state.to_owned(),
        owned: true,
        location: text_at(&owned.body, "/location").map(str::to_owned),
        title: None,
        detail: values.words(),
        values,
        error: error(&owned.body),
    }
}

/// Returns why the last change failed, as AKS keeps it.
fn error(body: &Value) -> Option<String> {
    let fault = Fault::of_json(body.pointer("/properties/status/provisioningError")?)?;
    Some(format!("{}: {}", fault.code, fault.message))
}

/// Returns what else one wants to know of a resource: whatever of it the body holds.
fn values(body: &Value) -> Values {
    let text = |name: &str| text_at(body, &format!("/properties/{name}")).map(str::to_owned);
    let number = |name: &str| body.pointer(&format!("/properties/{name}"))?.as_u64();
    let network = |name: &str| text(&format!("networkProfile/{name}"));
    let scales = body.pointer("/properties/enableAutoScaling").and_then(Value::as_bool);
    let bounds = number("minCount").zip(number("maxCount")).filter(|_| scales == Some(true));
    // A network has its ranges in one place, a subnet with more than one in another.
    let lists = ["addressSpace/addressPrefixes", "addressPrefixes"];
    let ranges = lists
        .iter()
        .filter_map(|name| body.pointer(&format!("/properties/{name}")).and_then(Value::as_array));
    let ranges = ranges.flatten().filter_map(Value::as_str).map(str::to_owned);
    Values {
        version: text("currentKubernetesVersion").or_else(|| text("currentOrchestratorVersion")),
        size: text("vmSize"),
        count: number("count"),
        autoscale: bounds.map(|(min, max)| Bounds { min, max }),
        mode: text("mode"),
        pool: body.pointer("/properties").and_then(|pool| tag(pool, POOL)).map(str::to_owned),
        network: body.pointer("/properties/networkProfile").map(|_| Network {
            plugin: network("networkPlugin"),
            mode: network("networkPluginMode"),
            dataplane: network("networkDataplane"),
            policy: network("networkPolicy"),
            outbound_type: network("outboundType"),
        }),
        power: text("powerState/code"),
        client_id: text("clientId").filter(|_| is_trusting(body)),
        ranges: ranges.chain(text("addressPrefix")).collect(),
        peering: text("peeringState"),
        ..Values::default()
    }
}

/// Tells whether an identity is one of workloads: it remembers whom it trusts.
fn is_trusting(identity: &Value) -> bool {
    let Claim::Listed(listed) = FederatedCredential::TRAITS.claim else { return false };
    tag(identity, listed.tag).is_some()
}

fn text_at<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer).and_then(Value::as_str)
}

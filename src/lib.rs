//! akstool provisions Azure Kubernetes Service by calling Azure Resource Manager directly.
//!
//! A profile becomes one graph of resources. Each is settled against what stands in Azure; what
//! differs becomes a plan, a value; an executor makes Azure match it. There is no state file: ids
//! follow from the profile, ownership is written in tags, and Azure is the memory.
//!
//! # One run of `akstool up`, as a walk
//!
//! 1. [`cli`] reads flags; [`run`] turns flags, environment and terminal into a context: the only
//!    place that looks at the environment, and where the transport is chosen. It leads all that
//!    follows.
//! 2. [`profile`] reads the file. Wrong? All problems at once, each with its line and a hint.
//!    Nothing was contacted.
//! 3. [`compose`] tells the story of a cluster from top to bottom: group, identity, routes,
//!    network, subnets, roles, cluster, pools. Out comes a [`graph::Graph`] of
//!    [`kind::Resource`]s whose edges nobody wrote: a body mentions an id, or an id lies under it.
//! 4. [`observe`] asks for every id at once. Out comes [`plan::Observed`].
//! 5. [`plan`] walks the graph once: [`diff::settle`] says what each resource should look like
//!    afterwards, differences are priced, guards refuse what no flag allowed. No clock, no
//!    randomness, no IO: the same inputs give the same bytes.
//! 6. [`ui`] draws the plan. Nothing to do? It says so. Otherwise it asks.
//! 7. [`apply`] starts whatever may start: fill in what is known by now, look again where what was
//!    seen is old, `PUT` what the plan showed or stop and say what another hand changed, follow the
//!    operation, `GET`, and settle once more: nothing may change.
//! 8. Everything that happens is an [`event`]. A live view, a log and a stream of JSON listen.
//! 9. The outcome is drawn: what changed, how long it took, what failed in Azure's own words.
//! 10. The next `akstool up` prints "nothing to do". That sentence is a test.
//!
//! # Where things are, in layers
//!
//! | layer | modules | knows |
//! |---|---|---|
//! | 1 | [`arm`], [`profile`], [`address`], [`graph`], [`diff`], [`shell`], [`mod@advice`], [`json`], [`visible`], [`version`], [`wildcard`], [`kubeconfig`] | nothing of ours: ARM as a protocol, the file, IP arithmetic, graphs, JSON, lines to paste, what to do, JSON of others, characters, versions, patterns, kubeconfigs |
//! | 2 | [`kind`], [`sim`] | what each Azure type is; how Azure behaves, learnt from Azure alone |
//! | 3 | [`compose`], [`observe`], [`adopt`], [`address_plan`], [`plan`], [`explain`], [`doctor`] | how a profile becomes resources, and resources a plan or a profile; what that means; whether Azure would take it |
//! | 4 | [`event`] | what may be told |
//! | 5 | [`apply`] | how a plan is run |
//! | 6 | [`ui`] | how things look; the only place that prints |
//! | 7 | [`run`] | what a run is: plan, look first, ask, apply, plan again, tell |
//! | 8 | [`cli`] | one file a command |
//!
//! What `down` deletes, and how it knows, is one page: [`plan::ownership`].
//!
//! A module imports from its own layer's words or from below, never from above, and [`sim`]
//! imports nothing of [`kind`], [`diff`] or [`plan`], so that a mistake cannot confirm itself. A
//! test reads every `use` and holds the table; another finds every circle of files, and there is none.
//!
//! [`doctor`] stands beside [`plan`] and may use `arm`, `profile`, `address`, `graph`, `kind`,
//! `shell`, `visible`, [`compose`] and [`address_plan`], so that what it looks at is what `up` would do.
//!
//! Input and output happen in `arm::client`, `arm::credential`, [`observe`], [`apply`],
//! `doctor::{gather, live, policies, preflight, register}`, `sim::store`, `sim::serve`, [`ui`], [`run`] and `cli`.
//! The rest is synchronous and pure.
//!
//! # The words
//!
//! *Profile*: what the user wrote. *Resource*: what should stand under one id. *Kind*: what an
//! Azure type must know about itself. *Body*: a resource's JSON. *Observed*: what stands there.
//! *Settle*: observed and desired become one. *Delta*: one place that differs, with its cost.
//! *Action* and *reason*: what happens to a resource, and why. *Step*: an action with what it
//! wants of Azure. *Wish*: what is to stand there, with what was seen: the request is made of both
//! just before it is sent. *Plan*: all steps. *Lane*: steps that must go one by one. *Event*: what happened.
//! *Pace*: how long a kind's work takes.
//!
//! # To add an Azure kind
//!
//! 1. Write `kind/your_kind.rs`. [`kind::Kind`] and [`kind::Traits`] ask every question, and none
//!    has a default: how it meets what stands, how long its work takes, how it goes away, by what
//!    `down` sees whose it is, what others call it, which rights and quotas it takes.
//! 2. In `kind/mod.rs` name the module and write its line in `kinds!`; without it nothing compiles.
//! 3. Give it a paragraph in [`compose`], and what people write for it a field in
//!    [`profile::schema`] (`akstool schema` writes `profiles/akstool.schema.json` anew).
//! 4. Let a profile of `profiles/` make it: a law makes and takes down each, and misses a kind that
//!    none makes or that `down` leaves.
//!
//! No table elsewhere knows types: words, order, ownership, rights, quotas and estimates are
//! answers of the kinds. What a single type makes necessary beyond them (a peering has two halves,
//! AKS works by its identity's rights) names that type where it is done.
//!
//! For the embedded Azure to speak it too, write `sim/provider/your_kind.rs` from Azure's
//! documentation or recorded traffic, not from your kind, and name it in the list of
//! `sim/provider/mod.rs` and, with its versions, in `sim/provider/catalog.rs`; a linked right goes
//! into `sim/caller.rs`.
//!
//! A type that nobody wrote a kind for is a value too: [`kind::Traits::UNKNOWN`].

pub mod address;
pub mod address_plan;
pub mod adopt;
pub mod advice;
pub mod apply;
pub mod arm;
pub mod cli;
pub mod compose;
pub mod diff;
pub mod doctor;
pub mod event;
pub mod explain;
pub mod graph;
pub mod json;
pub mod kind;
pub mod kubeconfig;
pub mod observe;
pub mod plan;
pub mod profile;
pub mod run;
pub mod shell;
pub mod sim;
pub mod ui;
pub mod version;
pub mod visible;
pub mod wildcard;

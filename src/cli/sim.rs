//! `akstool sim`: the embedded Azure, looked at and changed from outside.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::serve::{Serve, serve};
use crate::arm::ResourceId;
use crate::json;
use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};
use crate::sim;
use crate::ui::status::table;
use crate::ui::words;

/// The largest body that is read; ARM takes no larger request.
const LARGEST: u64 = 4 << 20;

/// The most state files that are kept under other names; chosen: more than anybody looks at.
const MOST_KEPT: u32 = 100;

/// Look at the embedded Azure, and change it by another hand
///
/// Its state stands in the file that AKSTOOL_SIM_STATE names, by default in the state directory of
/// the platform.
#[derive(Debug, Args)]
pub(crate) struct SimArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show every resource it holds; `-o json` as ARM would answer (`akstool.sim/v1`)
    Show,
    /// Place a resource made by another hand
    Put(Put),
    /// Empty it
    Reset(Reset),
    Serve(Box<Serve>),
}

#[derive(Debug, Args)]
struct Reset {
    /// Begin anew where its state file cannot be read; that file is kept, under another name
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
struct Put {
    /// The id of the resource
    id: String,

    /// The version that the body is written in
    #[arg(long, value_name = "V")]
    api_version: String,

    /// The file that holds the body; `-` for standard input
    #[arg(long, value_name = "FILE")]
    body: PathBuf,
}

impl SimArgs {
    /// Tells whether real clients are served, who live in real time.
    pub(crate) fn serves(&self) -> bool {
        matches!(self.what, What::Serve(_))
    }
}

/// What `show -o json` prints.
#[derive(Serialize, JsonSchema)]
pub(super) struct Shown<'a> {
    /// The name and version of this form.
    #[schemars(extend("const" = "akstool.sim/v1"))]
    schema: &'static str,
    /// Every resource as ARM would answer it.
    #[schemars(with = "Vec<Map<String, Value>>")]
    resources: &'a [Value],
}

impl Run for SimArgs {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        match self.what {
            What::Serve(asked) => serve(context, &asked).await,
            What::Show => show(context),
            What::Put(put) => place(context, &put),
            What::Reset(asked) => reset(context, &asked),
        }
    }
}

fn reset(context: &Context, asked: &Reset) -> Result<Exit, Error> {
    let sim = match context.sim() {
        Err(Error::Sim(sim::Error::Damaged { path, .. } | sim::Error::Newer { path, .. }))
            if asked.force =>
        {
            let kept = aside(&path)?;
            let kept = words::clean(&kept.to_string_lossy());
            context.screen.talk(&format!("What could not be read is kept as {kept}\n"));
            context.sim()?
        }
        opened => opened?,
    };
    sim.reset()?;
    if context.screen.terminal().json {
        return show(context);
    }
    context.screen.talk("The embedded Azure is empty.\n");
    Ok(Exit::Done)
}

/// Gives a file another name, one that nothing has yet, and returns it.
fn aside(path: &Path) -> Result<PathBuf, Error> {
    let wrong = |reason: String| Error::File {
        path: path.to_owned(),
        reason,
        hint: "move it away by hand, or name another file in AKSTOOL_SIM_STATE".into(),
    };
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".kept{number}"));
        PathBuf::from(name)
    };
    let free = (1..=MOST_KEPT).map(name).find(|name| !name.exists());
    let free = free.ok_or_else(|| wrong("too many kept files stand beside it".to_owned()))?;
    std::fs::rename(path, &free).map_err(|error| wrong(error.to_string()))?;
    Ok(free)
}

fn show(context: &Context) -> Result<Exit, Error> {
    let resources = context.sim()?.resources()?;
    let screen = &context.screen;
    if screen.terminal().json {
        screen.object(&Shown { schema: "akstool.sim/v1", resources: &resources });
        return Ok(Exit::Done);
    }
    let text = |resource: &Value, pointer: &str| {
        words::clean(resource.pointer(pointer).and_then(Value::as_str).unwrap_or(""))
    };
    let row = |resource: &Value| {
        let id = text(resource, "/id");
        let kind = ResourceId::parse(&id).map(|id| id.resource_type()).unwrap_or_default();
        let state = text(resource, "/properties/provisioningState");
        vec![words::kind(&kind), words::name(&id), state, id]
    };
    let rows: Vec<Vec<String>> = resources.iter().map(row).collect();
    if rows.is_empty() {
        screen.data("The embedded Azure is empty.\n");
    } else {
        screen.data(&table(&["TYPE", "NAME", "STATE", "ID"], &rows, screen.columns()));
    }
    Ok(Exit::Done)
}

fn place(context: &Context, put: &Put) -> Result<Exit, Error> {
    let id = ResourceId::parse(&put.id).map_err(|error| {
        let hint = "such as `/subscriptions/…/resourceGroups/hand/providers/Microsoft.Network/virtualNetworks/net`";
        Error::usage(format!("`{}`: {error}", words::clean(&put.id)), hint)
    })?;
    let body = read(&put.body)?;
    let placed = context.sim()?.put(&id, &put.api_version, body)?;
    if context.screen.terminal().json {
        context.screen.object(&placed);
    } else {
        let kind = words::kind(&id.resource_type());
        context.screen.talk(&format!("Placed {kind} {}.\n", words::name(id.as_str())));
    }
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<Value, Error> {
    let wrong = |reason: String| Error::File {
        path: path.to_owned(),
        reason,
        hint: "it must hold one JSON object, as it would be sent to ARM".into(),
    };
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)
    } else {
        let file = std::fs::File::open(path);
        file.and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| wrong(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong("it has more than 4 MiB, and ARM takes no more".to_owned()));
    }
    let body: Value = json::read(&bytes).map_err(|error| wrong(error.to_string()))?;
    if body.is_object() { Ok(body) } else { Err(wrong("it is no JSON object".to_owned())) }
}

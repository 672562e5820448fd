//! The pure parts: planning, overlaps, comparisons.

use std::hint::black_box;

use akstool::compose::{Setting, compose};
use akstool::graph::Graph;
use akstool::kind::Resource;
use akstool::plan::{Allowance, Environment, Observation, Observed, plan};
use akstool::profile::{Overrides, builtin, load};
use serde_json::json;

use super::{Figure, median};

/// What stands in Azure when everything is as asked.
fn as_asked(graph: &Graph<Resource>) -> Observed {
    let mut observed = Observed::default();
    for (_, resource) in graph.iter() {
        let body = resource.body.fill(|_| Some(json!("guid"))).expect("every value is given");
        let mut body = body.into_value();
        body["properties"]["provisioningState"] = json!("Succeeded");
        body["properties"]["principalId"] = json!("guid");
        observed.resources.insert(resource.id.clone(), Observation::Present(body));
    }
    observed
}

pub(super) fn figures() -> Vec<Figure> {
    let text = builtin::find("kubenet").expect("a built-in profile").text;
    let profile = load(text.as_bytes(), "kubenet", &Overrides::default()).expect("holds").profile;
    let setting = Setting { subscription: "s".to_owned(), ..Setting::default() };
    let observed = as_asked(&compose(&profile, &setting));
    let environment = Environment::new("s", "demo", "demo");
    let once = || {
        let graph = compose(black_box(&profile), &setting);
        black_box(plan(&environment, &graph, &observed, &Allowance::default()));
    };
    vec![
        Figure::millis("plan of one profile, pure part", median(101, once), 1.0),
        Figure::millis(
            "plan of 1,000 profiles, pure part",
            median(5, || (0..1000).for_each(|_| once())),
            1000.0,
        ),
        Figure::millis(
            "reading and checking one profile",
            median(101, || drop(load(text.as_bytes(), "kubenet", &Overrides::default()))),
            5.0,
        ),
    ]
}

//! The address plan as a picture for a design document: one SVG, or one HTML page around it.
//!
//! Both stand alone: no script, no font, no link to elsewhere. They follow the reader's light or
//! dark setting, carry a title and a description for those who listen, and say in words and marks
//! what they say in colour. Everything is placed in whole pixels.

mod canvas;
mod growth;
mod html;
mod section;
mod space;
mod topology;

use self::canvas::Canvas;
use self::section::{MARGIN, RIGHT, STYLE, WIDTH, title};
use crate::address_plan::{AddressPlan, Weight};

/// Problems and warnings repeated in the picture; chosen: the rest stands in the text.
const WARNINGS: usize = 4;

/// Draws the address plan as an SVG document.
pub fn svg(address_plan: &AddressPlan) -> String {
    let (body, height) = draw(address_plan);
    let frame = frame(address_plan, height);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{frame}<style>\n{STYLE}</style>\n{body}</svg>\n"
    )
}

/// Draws the address plan as an HTML page: the picture, then tables and advice.
pub fn html(address_plan: &AddressPlan) -> String {
    let (body, height) = draw(address_plan);
    html::page(address_plan, &format!("{}{body}</svg>\n", frame(address_plan, height)))
}

/// Returns the opening of the SVG with its title and description.
fn frame(address_plan: &AddressPlan, height: i32) -> String {
    let title = canvas::escape(&title(address_plan));
    let about = canvas::escape(&description(address_plan));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"akstool-title akstool-about\">\n\
         <title id=\"akstool-title\">{title}</title>\n<desc id=\"akstool-about\">{about}</desc>\n"
    )
}

/// Says in words what the picture shows.
fn description(address_plan: &AddressPlan) -> String {
    let ranges = address_plan.ranges.iter().map(|row| {
        let range = row.range.map_or_else(|| "not known".to_owned(), |range| range.to_string());
        format!("{} {range}", space::label(row))
    });
    let ranges: Vec<String> = ranges.collect();
    let pools =
        address_plan.pools.iter().map(|pool| format!("{} of {} nodes", pool.name, pool.nodes));
    let pools: Vec<String> = pools.collect();
    format!(
        "{} Ranges: {}. Pools: {}. Way out: {}.",
        canvas::plain(&address_plan.growth.sentence),
        ranges.join(", "),
        pools.join(", "),
        address_plan.outbound.text
    )
}

/// Draws everything; returns the drawing and its height.
fn draw(address_plan: &AddressPlan) -> (String, i32) {
    let mut canvas = Canvas::default();
    let mut y = head(&mut canvas, address_plan);
    y = topology::draw(&mut canvas, address_plan, y + 22);
    y = space::draw_maps(&mut canvas, address_plan, y + 52);
    y = space::draw_usage(&mut canvas, address_plan, y + 52);
    y = growth::draw(&mut canvas, address_plan, y + 52);
    let height = y + MARGIN;
    let mut paper = Canvas::default();
    paper.rect([0, 0, WIDTH, height], 0, "paper");
    (paper.finish() + &canvas.finish(), height)
}

fn head(canvas: &mut Canvas, address_plan: &AddressPlan) -> i32 {
    let policy = address_plan.policy.map(|name| format!(" · {name} policies")).unwrap_or_default();
    let tier = address_plan.tier.title();
    canvas.text(
        MARGIN,
        52,
        "ink t24 bold",
        &format!("{} · {}", address_plan.environment, address_plan.title),
    );
    let place = format!(
        "{} · {tier} tier{policy} · {}",
        address_plan.location,
        canvas::plain(&address_plan.growth.sentence)
    );
    let mut y = canvas.paragraph(MARGIN, 78, RIGHT - MARGIN, "soft t14", &place);
    let weighty = address_plan.advice.iter().filter(|advice| advice.weight != Weight::Note);
    let conflicts = address_plan.conflicts.iter().map(|c| ("bad", c.text.as_str()));
    let advice = weighty.map(|advice| match advice.weight {
        Weight::Problem => ("bad", advice.text.as_str()),
        _ => ("care", advice.text.as_str()),
    });
    for (class, text) in conflicts.chain(advice).take(WARNINGS) {
        let sign = if class == "bad" { "✕" } else { "!" };
        canvas.text(MARGIN, y + 24, &format!("{class} t14 bold"), sign);
        let (class, text) = (format!("{class} t14"), canvas::plain(text));
        y = canvas.paragraph(MARGIN + 18, y + 24, RIGHT - MARGIN - 18, &class, &text);
    }
    y
}

#[cfg(test)]
mod tests;

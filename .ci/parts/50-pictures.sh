#!/usr/bin/env bash
# the pictures of the address plan, looked at in a browser, light and dark
set -euo pipefail
if ! command -v chromium >/dev/null; then
  .ci/debian chromium fonts-dejavu-core || { echo "skipped: there is no chromium"; exit 0; }
fi
akstool=target/release/akstool
[ -x "$akstool" ] || cargo build --quiet --release
pages="$WORK/pictures"
mkdir -p "$pages"

browse() { # scheme (0 dark, 1 light), then what to do
  local scheme=$1 home
  shift
  home=$(mktemp -d "$pages/home.XXXXXX")
  timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
    --user-data-dir="$home" --blink-settings=preferredColorScheme="$scheme" \
    --window-size=1240,1400 "$@" 2>"$pages/browser.log"
  rm -rf "$home"
}

# What one would see at a glance: text outside the picture, text on text, text one cannot read.
cat > "$pages/look.js" <<'JS'
const issues = [];
const svg = document.querySelector("svg");
const texts = [...svg.querySelectorAll("text")];
const boxes = texts.map((text) => text.getBBox());
const shapes = [...svg.querySelectorAll("rect, polygon")];
const word = (index) => JSON.stringify(texts[index].textContent);
const lightness = (colour) => {
  const parts = colour.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255);
  const [red, green, blue] = parts.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (one, other) => {
  const [dark, light] = [lightness(one), lightness(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
boxes.forEach((box, index) => {
  if (box.x < 0 || box.x + box.width > svg.viewBox.baseVal.width) issues.push(`outside: ${word(index)}`);
  boxes.slice(0, index).forEach((other, before) => {
    const wide = Math.min(box.x + box.width, other.x + other.width) - Math.max(box.x, other.x);
    const tall = Math.min(box.y + box.height, other.y + other.height) - Math.max(box.y, other.y);
    if (wide > 2 && tall > 4) issues.push(`on one another: ${word(before)} and ${word(index)}`);
  });
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const behind = shapes.filter((shape) => {
    const at = shape.getBBox();
    const earlier = shape.compareDocumentPosition(texts[index]) & Node.DOCUMENT_POSITION_FOLLOWING;
    const solid = getComputedStyle(shape).fillOpacity === "1";
    return earlier && solid && at.x <= x && x <= at.x + at.width && at.y <= y && y <= at.y + at.height;
  });
  const ratio = contrast(getComputedStyle(texts[index]).fill, getComputedStyle(behind.at(-1)).fill);
  if (ratio < 4.5) issues.push(`hard to read (${ratio.toFixed(1)}): ${word(index)}`);
});
for (const element of document.querySelectorAll("th, td, li, p, h2")) {
  let ground = element;
  while (ground && getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
  const back = getComputedStyle(ground ?? document.documentElement).backgroundColor;
  const ratio = contrast(getComputedStyle(element).color, back);
  if (ratio < 4.5) issues.push(`hard to read (${ratio.toFixed(1)}): ${JSON.stringify(element.textContent)}`);
}
const scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
const report = document.createElement("pre");
report.id = "report";
report.textContent = [`${scheme}: ${texts.length} texts, ${issues.length} issues`, ...issues].join("\n");
document.body.append(report);
JS

for profile in $("$akstool" profiles -o json | python3 -c 'import json,sys; print(*[p["name"] for p in json.load(sys.stdin)["profiles"]])'); do
  "$akstool" -q network "$profile" --svg "$pages/$profile.svg" --html "$pages/$profile.html" >/dev/null
  python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$pages/$profile.svg"
  { cat "$pages/$profile.html"; echo "<script>"; cat "$pages/look.js"; echo "</script>"; } > "$pages/looked.html"
  for scheme in 1 0; do
    seen=$(browse "$scheme" --dump-dom "file://$pages/looked.html" | python3 -c '
import html, re, sys
found = re.search(r"<pre id=\"report\">(.*?)</pre>", sys.stdin.read(), re.S)
print(html.unescape(found.group(1)) if found else "the page did not load")')
    echo "$profile, $seen"
    want=$([ "$scheme" = 0 ] && echo dark || echo light)
    grep -q "^$want: [1-9][0-9]* texts, 0 issues" <<<"$seen"
  done
done

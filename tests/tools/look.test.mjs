// What the pages' look stands on, read from the files without compiling anything: every word has
// its label in both languages and its drawing, nothing is inline that the content security policy
// forbids, and text keeps its contrast in light and dark.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const server = join(dirname(fileURLToPath(import.meta.url)), "../../server");
const read = (...path) => readFileSync(join(server, ...path), "utf8");
const under = (folder, ending) => readdirSync(join(server, folder), { recursive: true })
  .filter((file) => file.endsWith(ending)).map((file) => join(folder, file));

const templates = under("templates", ".html");
const catalog = (language) => under(`catalog/${language}`, ".ftl")
  .flatMap((file) => [...read(file).matchAll(/^([a-zA-Z][\w-]*) *=/gm)].map((found) => found[1]));
const vi = catalog("vi");
const en = catalog("en");
const drawings = new Set([...read("static/icons.svg").matchAll(/<symbol id="([^"]+)"/g)].map((found) => found[1]));

/** The code lists of the field: name of the list → its words. */
const lists = Object.fromEntries([...read("src/domain/words.rs").matchAll(/^ {4}(\w+) \{([^}]*)\}/gm)]
  .map(([, name, body]) => [name, [...body.matchAll(/= "([^"]+)"/g)].map((found) => found[1])]));

const labels = {
  Category: ["category-*", "category-*-plain", "category-*-short"], Priority: ["priority-*"], LegalClass: ["legal-*"], Tlp: ["tlp-*"],
  State: ["state-*"], Services: ["services-*"], People: ["people-*"], Audience: ["audience-*"], Source: ["source-*"],
  DispatchKind: ["kind-*"], DispatchState: ["dispatch-state-*"], BlockState: ["block-*"],
  Way: ["way-*"], Role: ["role-*"], OrganisationKind: ["orgkind-*"], Function: ["function-*"], Rank: ["rank-*"],
  ContactRole: ["contactrole-*"], SystemKind: ["systemkind-*"], TaskState: ["task-*"], EvidenceWish: ["wish-*"],
  EvidenceSource: ["evidence-source-*"], Scan: ["scan-*"], IndicatorKind: ["indicator-*"], Channel: ["channel-*"],
  DeliveryStatus: ["delivery-*"],
};
const drawn = {
  Category: "category-", Priority: "priority-", State: "state-", Audience: "audience-", DispatchState: "dispatch-",
  BlockState: "block-", TaskState: "task-", Channel: "channel-", DeliveryStatus: "delivery-",
};
const keyOf = (word) => word.toLowerCase().replace("+", "_");

test("both languages say the same things, each once", () => {
  assert.ok(vi.length > 200);
  assert.deepEqual(vi.filter((key, at) => vi.indexOf(key) !== at), [], "said twice in vi");
  assert.deepEqual(en.filter((key, at) => en.indexOf(key) !== at), [], "said twice in en");
  assert.deepEqual(vi.filter((key) => !en.includes(key)), [], "missing in en");
  assert.deepEqual(en.filter((key) => !vi.includes(key)), [], "missing in vi");
});

test("every word of the code lists has its labels and its drawing", () => {
  const missing = [];
  for (const [list, patterns] of Object.entries(labels)) {
    assert.ok(lists[list]?.length, `words.rs has no list ${list}`);
    for (const word of lists[list]) {
      for (const pattern of patterns) {
        const key = pattern.replace("*", keyOf(word));
        if (!vi.includes(key)) missing.push(key);
      }
      if (drawn[list] && !drawings.has(drawn[list] + word)) missing.push(`drawing ${drawn[list]}${word}`);
    }
  }
  assert.deepEqual(missing, []);
});

test("every text and drawing that a template names exists", () => {
  const missing = [];
  for (const file of templates) {
    const source = read(file);
    for (const [, key] of source.matchAll(/\.t\("([\w-]+)"\)/g)) if (!vi.includes(key)) missing.push(`${file}: ${key}`);
    for (const [, name] of source.matchAll(/i::(?:icon|big|named)\("([\w-]+)"/g)) if (!drawings.has(name)) missing.push(`${file}: drawing ${name}`);
    for (const [, name] of source.matchAll(/b::(?:panel\("[\w-]+", |empty\(|entry\()"([\w-]+)"/g)) if (!drawings.has(name)) missing.push(`${file}: drawing ${name}`);
    for (const [, name] of source.matchAll(/"\/static\/([\w./-]+)/g)) if (!existsSync(join(server, "static", name))) missing.push(`${file}: ${name}`);
  }
  assert.deepEqual(missing, []);
});

test("nothing is inline that the content security policy forbids", () => {
  const inline = /\sstyle=|\son[a-z]+=["']|<style|<script(?![^>]*\ssrc=)|javascript:/i;
  assert.ok(inline.test('<p style="color:red">') && inline.test('<a onclick="x()">') && inline.test("<script>x</script>"));
  assert.deepEqual(templates.filter((file) => inline.test(read(file))), []);
  assert.ok(!/<style|<script|\son\w+=/.test(read("static/icons.svg")));
  for (const sheet of under("static", ".css")) {
    const outside = [...read(sheet).matchAll(/url\(["']?([^"')]{1,20})/g)].map((found) => found[1])
      .filter((to) => !to.startsWith("data:image/") && !to.startsWith("fonts/"));
    assert.deepEqual(outside, [], sheet);
  }
  for (const [, font] of read("static/fonts.css").matchAll(/url\("([^"]+)"\)/g)) assert.ok(existsSync(join(server, "static", font)), font);
});

/** The tokens of one block of tokens.css, and the contrast of two of them (WCAG 2.2). */
function tokens(selector) {
  const css = read("static/tokens.css");
  const block = css.slice(css.indexOf("{", css.indexOf(selector)), css.indexOf("}", css.indexOf(selector)));
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1], found[2]]));
}
function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

test("text has 4.5:1 and controls 3:1 on what they stand on, in light and dark", () => {
  const pairs = {
    ink: "page surface raised calm-soft accent-soft warn-soft bad-soft good-soft police-soft", muted: "page surface raised accent-soft",
    link: "page surface raised accent-soft", "accent-ink": "accent accent-strong", "bar-ink": "bar bar-here", "bar-muted": "bar",
    good: "good-soft surface", warn: "warn-soft surface", bad: "bad-soft surface page", calm: "calm-soft surface",
    police: "police-soft surface", "bad-solid-ink": "bad-solid", drill: "surface page", edge: "surface page", focus: "surface page",
  };
  const weak = [];
  for (const theme of ['[data-bs-theme="auto"] {', '[data-bs-theme="dark"] {']) {
    const colours = tokens(theme);
    for (const [front, grounds] of Object.entries(pairs)) {
      for (const ground of grounds.split(" ")) {
        assert.ok(colours[front] && colours[ground], `${theme} lacks ${front} or ${ground}`);
        const found = contrast(colours[front], colours[ground]);
        if (found < (front === "edge" || front === "focus" ? 3 : 4.5)) weak.push(`${theme} ${front} on ${ground}: ${found.toFixed(2)}`);
      }
    }
  }
  assert.deepEqual(weak, []);
  assert.ok(contrast("#777777", "#ffffff") < 4.5 && contrast("#000000", "#ffffff") === 21);
  for (const tlp of ["#ffffff", "#33ff00", "#ffc000", "#ff2b2b"]) assert.ok(contrast(tlp, "#000000") >= 4.5, tlp);
});

test("the theme of the system and the chosen dark are the same colours", () => {
  const css = read("static/tokens.css");
  const values = (from) => css.slice(css.indexOf("{", from), css.indexOf("}", from)).match(/--[\w-]+: [^;]+;/g)
    .filter((line) => !line.startsWith("--bs-") || line.includes("-rgb"));
  const media = css.indexOf("@media (prefers-color-scheme: dark)");
  assert.deepEqual(values(css.indexOf('[data-bs-theme="auto"]', media)), values(css.indexOf('[data-bs-theme="dark"]')));
});

// Checks the crates of Cargo.lock against deny.toml: licences, refused crates, duplicate
// versions, sources. It reads the part of cargo-deny's notation that deny.toml uses, so the check
// runs on a machine where only cargo and node are installed. Advisories need the RustSec
// database; where no tool or no data is there, it says so and does not call it a success.
//
//   node tests/tools/dependencies.mjs
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bring } from "./packages.mjs";

const { parse } = bring("smol-toml");
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** True if the SPDX expression can be met with what `allowed` says yes to. */
export function licenceMet(expression, allowed) {
  const words = expression
    .replaceAll("/", " OR ")
    .replace(/[()]/g, " $& ")
    .split(/\s+/)
    .filter(Boolean);
  let at = 0;
  const either = () => {
    let met = both();
    while (words[at] === "OR") {
      at += 1;
      met = both() || met;
    }
    return met;
  };
  const both = () => {
    let met = one();
    while (words[at] === "AND") {
      at += 1;
      met = one() && met;
    }
    return met;
  };
  const one = () => {
    if (words[at] === "(") {
      at += 1;
      const met = either();
      if (words[at] !== ")") throw new Error(`unbalanced licence expression: ${expression}`);
      at += 1;
      return met;
    }
    let name = words[at];
    at += 1;
    if (name === undefined) throw new Error(`unfinished licence expression: ${expression}`);
    if (words[at] === "WITH") {
      name = `${name} WITH ${words[at + 1]}`;
      at += 2;
    }
    return allowed(name);
  };
  const met = either();
  if (at !== words.length) throw new Error(`odd licence expression: ${expression}`);
  return met;
}

/** Does `crate` of deny.toml ("name", "name@1.2", "name@<0.4") mean this package? */
export function means(spec, name, version) {
  const [wanted, range] = spec.split("@");
  if (wanted !== name) return false;
  if (range === undefined) return true;
  const numbers = (text) => text.split(/[-+]/)[0].split(".").map(Number);
  const have = numbers(version);
  if (range.startsWith("<")) {
    const limit = numbers(range.slice(1));
    for (let i = 0; i < limit.length; i += 1) {
      if ((have[i] ?? 0) !== limit[i]) return (have[i] ?? 0) < limit[i];
    }
    return false;
  }
  return numbers(range).every((part, i) => have[i] === part);
}

function resolved(target) {
  const run = spawnSync(
    "cargo",
    ["metadata", "--format-version", "1", "--locked", "--all-features", "--filter-platform", target],
    { cwd: root, maxBuffer: 256 << 20, encoding: "utf8" },
  );
  if (run.status !== 0) {
    console.error(`dependencies: cargo metadata failed\n${run.error ?? run.stderr}`);
    process.exit(1);
  }
  const metadata = JSON.parse(run.stdout);
  const used = new Set(metadata.resolve.nodes.map((node) => node.id));
  const members = new Set(metadata.workspace_members);
  return metadata.packages
    .filter((one) => used.has(one.id))
    .map((one) => ({ ...one, ours: members.has(one.id) }));
}

/** All that is wrong, and remarks, for these packages under this deny.toml. */
export function judge(rules, packages) {
  const wrong = [];
  const remarks = [];
  const label = (one) => `${one.name} ${one.version}`;

  const allow = new Set(rules.licenses.allow);
  const exceptions = rules.licenses.exceptions ?? [];
  const usedExceptions = new Set();
  for (const one of packages) {
    if (!one.license) {
      wrong.push(`licence: ${label(one)} names none`);
      continue;
    }
    if (licenceMet(one.license, (name) => allow.has(name))) continue;
    const exception = exceptions.find((e) => means(e.crate, one.name, one.version));
    if (exception && licenceMet(one.license, (n) => allow.has(n) || exception.allow.includes(n))) {
      usedExceptions.add(exception.crate);
    } else {
      wrong.push(`licence: ${label(one)} is under ${one.license}`);
    }
  }
  for (const e of exceptions) {
    if (!usedExceptions.has(e.crate)) remarks.push(`exception for ${e.crate} is no longer needed`);
  }

  for (const one of packages) {
    for (const ban of rules.bans.deny ?? []) {
      if (means(ban.crate, one.name, one.version)) {
        wrong.push(`refused: ${label(one)}: ${ban.reason}`);
      }
    }
  }

  const registries = new Set(rules.sources["allow-registry"].map((url) => `registry+${url}`));
  for (const one of packages) {
    if (one.source === null ? !one.ours : !registries.has(one.source)) {
      wrong.push(`source: ${label(one)} comes from ${one.source ?? one.manifest_path}`);
    }
  }
  for (const one of packages.filter((p) => p.ours)) {
    for (const need of one.dependencies) {
      if (need.req === "*" && !need.path) wrong.push(`wildcard: ${one.name} takes any ${need.name}`);
    }
  }

  const skips = rules.bans.skip ?? [];
  const versions = Map.groupBy ? Map.groupBy(packages, (p) => p.name) : group(packages);
  const several = [...versions].filter(([, all]) => all.length > 1);
  const usedSkips = new Set();
  for (const [name, all] of several) {
    const rest = all.filter((one) => {
      const skip = skips.find((s) => means(s.crate, one.name, one.version));
      if (skip) usedSkips.add(skip.crate);
      return !skip;
    });
    if (rest.length > 1) {
      const list = rest.map((p) => p.version).join(", ");
      wrong.push(`duplicate: ${name} ${list} (cargo tree -i ${name}@${rest[0].version})`);
    }
  }
  for (const s of skips) {
    if (!usedSkips.has(s.crate)) remarks.push(`allowance for ${s.crate} is no longer needed`);
  }
  return { wrong, remarks };
}

function group(packages) {
  const all = new Map();
  for (const one of packages) all.set(one.name, [...(all.get(one.name) ?? []), one]);
  return all;
}

/** Runs cargo-deny or cargo-audit when there is one; says plainly what was not checked. */
function advisories() {
  const has = (tool) => spawnSync("cargo", [tool, "--version"], { stdio: "ignore" }).status === 0;
  const run = (args) => spawnSync("cargo", args, { cwd: root, encoding: "utf8" });
  const unreachable = /fetch|failed to (?:open|load)|network|resolve host|couldn't open|not found/i;
  for (const [tool, args] of [
    ["deny", ["deny", "check", "advisories"]],
    ["audit", ["audit", "--deny", "warnings"]],
  ]) {
    if (!has(tool)) continue;
    const outcome = run(args);
    if (outcome.status === 0) return { said: `advisories: none, says cargo ${tool}` };
    const text = `${outcome.stdout}${outcome.stderr}`;
    if (unreachable.test(text) && !/RUSTSEC-\d/.test(text)) {
      return { said: `advisories: NOT CHECKED, cargo ${tool} could not have its database` };
    }
    return { said: text, wrong: `advisories: cargo ${tool} found some` };
  }
  return {
    said:
      "advisories: NOT CHECKED, neither cargo-deny nor cargo-audit is installed " +
      "(cargo install cargo-audit --locked; it fetches the RustSec database). " +
      "What was known when deny.toml was written is refused there by name.",
  };
}

function main() {
  const rules = parse(readFileSync(resolve(root, "deny.toml"), "utf8"));
  const packages = rules.graph.targets.flatMap(resolved);
  const { wrong, remarks } = judge(rules, packages);
  for (const line of remarks) console.log(`note: ${line}`);
  const advice = advisories();
  console.log(advice.said);
  if (advice.wrong) wrong.push(advice.wrong);
  if (wrong.length > 0) {
    for (const line of wrong) console.error(line);
    console.error(`dependencies: ${wrong.length} wrong; see deny.toml`);
    process.exit(1);
  }
  console.log(`dependencies: ${packages.length} crates, licences, sources and versions as agreed`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

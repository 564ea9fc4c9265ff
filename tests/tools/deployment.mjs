// Reads the files of a real deployment with parsers, and checks what they promise: no engine runs
// where this does, so the containers themselves are not started here.
//
//   node tests/tools/deployment.mjs
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bring } from "./packages.mjs";

const yaml = bring("yaml");
const { validate } = bring("dockerfile-utils");
const toml = bring("smol-toml");

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const text = (path) => readFileSync(join(root, path), "utf8");

/** What is wrong with this docker-compose.yml; `there` says whether a named file exists. */
export function composeFaults(source, there = () => true) {
  const faults = [];
  const document = yaml.parseDocument(source, { merge: true, uniqueKeys: true });
  for (const error of document.errors) faults.push(error.message);
  if (faults.length > 0) return faults;
  const compose = document.toJS();
  const services = Object.entries(compose.services ?? {});
  const known = (kind, name) => Object.hasOwn(compose[kind] ?? {}, name);

  for (const [name, one] of services) {
    const must = (holds, what) => holds || faults.push(`${name}: ${what}`);
    must(one.read_only === true, "root file system is not read-only");
    must(one.cap_drop?.includes("ALL"), "keeps capabilities");
    must(one.security_opt?.includes("no-new-privileges:true"), "may gain privileges");
    must(!one.privileged, "is privileged");
    must(one.deploy?.resources?.limits?.memory, "has no memory limit");
    must(one.logging?.driver === "journald", "logs are not kept by age");
    must(one.healthcheck, "has no health check");
    must(one.networks, "names no network");
    must((one.cap_add ?? []).length === 0 || !one.user, "has capabilities beside a user");
    must(one.user ? !/^(0|root)(:|$)/.test(one.user) : one.cap_add, "runs as root");
    for (const network of Array.isArray(one.networks)
      ? one.networks
      : Object.keys(one.networks ?? {})) {
      must(known("networks", network), `network ${network} is not defined`);
    }
    for (const secret of one.secrets ?? []) {
      must(known("secrets", secret.source ?? secret), `secret ${secret} is not defined`);
    }
    for (const config of one.configs ?? []) {
      must(known("configs", config.source ?? config), `config ${config.source} is not defined`);
    }
    for (const volume of one.volumes ?? []) {
      const from = volume.split(":")[0];
      if (from.startsWith(".")) must(there(from), `${from} does not exist`);
      else must(known("volumes", from), `volume ${from} is not defined`);
    }
    for (const [other, need] of Object.entries(one.depends_on ?? {})) {
      must(known("services", other), `depends on ${other}, which is not there`);
      must(need.condition !== "service_started", `does not wait until ${other} is ready`);
    }
    for (const [key, value] of Object.entries(one.environment ?? {})) {
      must(!/PASSWORD|SECRET|TOKEN/.test(key) || /_FILE$/.test(key), `${key} holds ${value}`);
    }
  }
  for (const config of Object.values(compose.configs ?? {})) {
    if (!there(config.file)) faults.push(`config file ${config.file} does not exist`);
  }
  const servers = services.filter(([, one]) => one.command?.[0] === "serve");
  if (servers.length < 2) faults.push("fewer than two servers");
  for (const [name, one] of servers) {
    if (one.ports) faults.push(`${name}: publishes a port past the proxy`);
    if (!one.volumes?.some((v) => v.startsWith("evidence:"))) faults.push(`${name}: no evidence`);
  }
  return faults;
}

/**
 * What a new installation would stumble over: runs the script that makes the secrets, twice, in a
 * folder of its own and without a terminal, and asks of every variable without which compose does
 * not start whether the example names it.
 */
export function secretsFaults(source, example, script) {
  const faults = [];
  const compose = yaml.parse(source, { merge: true });
  const folder = mkdtempSync(join(tmpdir(), "dieuphoi-secrets-"));
  const make = () => spawnSync("bash", [script, folder], { encoding: "utf8", input: "" });
  try {
    const made = make();
    if (made.status !== 0) return [`${basename(script)}: ${made.stderr}`];
    const names = Object.values(compose.secrets ?? {}).map((one) => basename(one.file));
    const before = {};
    for (const name of names) {
      const path = join(folder, name);
      if (!existsSync(path)) {
        faults.push(`nothing makes the secret ${name}`);
        continue;
      }
      before[name] = readFileSync(path, "utf8");
      // Only what cannot be made up may stay empty, and then the script has said so.
      const told = made.stdout.includes("CÒN THIẾU") && made.stdout.includes(name);
      if (before[name] === "" && !told) faults.push(`${name} is empty, and nobody is told`);
      if (before[name] !== before[name].trim()) faults.push(`${name} ends with a blank`);
      if ((statSync(path).mode & 0o004) === 0) faults.push(`the containers cannot read ${name}`);
    }
    if ((statSync(folder).mode & 0o077) !== 0) faults.push("anybody may enter the secrets' folder");
    make();
    for (const name of Object.keys(before)) {
      const now = readFileSync(join(folder, name), "utf8");
      if (now !== before[name]) faults.push(`${name} is overwritten by a second run`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const [, name] of source.matchAll(/\$\{([A-Z_]+):\?/g)) {
    if (!new RegExp(`^${name}=.`, "m").test(example)) faults.push(`the example lacks ${name}`);
  }
  return [...new Set(faults)];
}

/** What of a real deployment git would take into the repository: nothing may. */
function ignoredFaults() {
  const secret = [".env", "deploy/secrets/database_password", "deploy/tls/key.pem"];
  const run = (path) => spawnSync("git", ["check-ignore", "--quiet", "--no-index", path], { cwd: root });
  // Outside a checkout (an unpacked archive) there is nothing to ask.
  if (run(secret[0]).status > 1 || run(secret[0]).error) return [];
  return secret.filter((path) => run(path).status !== 0).map((path) => `git would take ${path}`);
}

/** What is wrong with this Dockerfile. */
export function dockerfileFaults(source) {
  const faults = validate(source)
    .filter((one) => one.severity === 1)
    .map((one) => `line ${one.range.start.line + 1}: ${one.message}`);
  const lines = source
    .replace(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .filter((line) => line.trim() && !line.trimStart().startsWith("#"));
  const last = lines.slice(lines.findLastIndex((line) => /^FROM\s/i.test(line)));
  const says = (word) => last.filter((line) => new RegExp(`^${word}\\s`, "i").test(line));
  if (lines.filter((line) => /^FROM\s/i.test(line)).length < 2) faults.push("one stage only");
  const user = says("USER").at(-1)?.split(/\s+/)[1];
  if (!user || /^(0|root)(:|$)/.test(user)) faults.push("runs as root");
  if (says("HEALTHCHECK").length !== 1) faults.push("no health check");
  for (const word of ["ENTRYPOINT", "CMD"]) {
    if (!says(word).at(-1)?.includes("[")) faults.push(`${word} needs a shell`);
  }
  return faults;
}

/** Lets systemd itself read the unit, if it is here; the program's path need not exist. */
function unitFaults(path) {
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0) {
    console.log(`${path}: NOT CHECKED, systemd-analyze is not installed`);
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), "dieuphoi-unit-"));
  try {
    const copy = join(folder, "dieuphoi.service");
    writeFileSync(copy, text(path).replaceAll("/usr/local/bin/dieuphoi", process.execPath));
    const run = spawnSync("systemd-analyze", ["verify", "--man=no", copy], { encoding: "utf8" });
    const said = `${run.stdout}${run.stderr}`.split("\n").filter((line) => line.includes(folder));
    return run.status === 0 ? said : said.concat(`systemd-analyze: ${run.stderr.trim()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function caddyFaults(path) {
  const environment = { ...process.env, DIEUPHOI_HOST: "dieuphoi.example" };
  const run = spawnSync("caddy", ["adapt", "--config", join(root, path)], {
    encoding: "utf8",
    env: environment,
  });
  if (run.error) {
    console.log(`${path}: NOT CHECKED, caddy is not installed`);
    return [];
  }
  return run.status === 0 ? [] : [run.stderr.trim()];
}

function tomlFaults(path) {
  try {
    toml.parse(text(path));
    return [];
  } catch (error) {
    return [error.message];
  }
}

function main() {
  const there = (path) => existsSync(join(root, path));
  const checked = {
    "docker-compose.yml": composeFaults(text("docker-compose.yml"), there),
    Dockerfile: dockerfileFaults(text("Dockerfile")),
    "deploy/dieuphoi.toml": tomlFaults("deploy/dieuphoi.toml"),
    "deploy/compose.toml": tomlFaults("deploy/compose.toml"),
    "deploy/dieuphoi.service": unitFaults("deploy/dieuphoi.service"),
    "deploy/Caddyfile": caddyFaults("deploy/Caddyfile"),
    "deploy/make-secrets": secretsFaults(
      text("docker-compose.yml"),
      text("deploy/compose.env.example"),
      join(root, "deploy/make-secrets"),
    ),
    ".gitignore": ignoredFaults(),
  };
  let count = 0;
  for (const [path, faults] of Object.entries(checked)) {
    for (const fault of faults) console.error(`${path}: ${fault}`);
    count += faults.length;
  }
  if (count > 0) process.exit(1);
  console.log(`deployment: ${Object.keys(checked).length} files read, none at fault (not started)`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

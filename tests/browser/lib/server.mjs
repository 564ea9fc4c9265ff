// Starts the built binary as a person would, in a folder of its own, and ends it again.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const binary = process.env.DIEUPHOI_TEST_BINARY ?? join(root, "target/debug/dieuphoi");

const START_LIMIT = 240_000; // a debug build on two busy cores fills the demo province in a minute
const STOP_LIMIT = 20_000;

const alive = new Set();
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** A folder that goes away with `drop`. */
export function folder(name) {
  const path = mkdtempSync(join(tmpdir(), `dieuphoi-${name}-`));
  return { path, drop: () => rmSync(path, { recursive: true, force: true }) };
}

export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** The environment of the tests' own machine must not configure the server under test. */
function environment(more) {
  const kept = Object.entries(process.env).filter(([key]) => !key.startsWith("DIEUPHOI_"));
  return { ...Object.fromEntries(kept), ...more };
}

/** Runs a subcommand to its end and answers what it printed; fails if the command does. */
export function command(cwd, args, env = {}) {
  const run = spawnSync(binary, args, { cwd, env: environment(env), encoding: "utf8" });
  assert.equal(run.status, 0, `dieuphoi ${args.join(" ")}\n${run.stdout}\n${run.stderr}`);
  return run.stdout;
}

async function start(args, { cwd, env = {} }) {
  assert.ok(existsSync(binary), `${binary} is not built: cargo build`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(binary, args, {
    cwd,
    env: environment({
      DIEUPHOI_SERVER__LISTEN: `127.0.0.1:${port}`,
      DIEUPHOI_SERVER__BASE_URL: url,
      ...env,
    }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  alive.add(child);
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (log += part));
  const ended = new Promise((done) => {
    child.once("exit", (code, signal) => {
      alive.delete(child);
      done({ code, signal });
    });
  });
  let over = null;
  ended.then((how) => (over = how));

  const server = {
    url,
    port,
    cwd,
    pid: child.pid,
    log: () => log,
    /** Asks it to stop and insists that it does so in time and in peace. */
    async stop() {
      if (over) return;
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT);
      const { code, signal } = await ended;
      clearTimeout(late);
      assert.deepEqual({ code, signal }, { code: 0, signal: null }, `did not stop well:\n${log}`);
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };

  const limit = Date.now() + START_LIMIT;
  while (!(await ready(url))) {
    if (over || Date.now() > limit) {
      child.kill("SIGKILL");
      throw new Error(`dieuphoi ${args.join(" ")} is not ready (${JSON.stringify(over)}):\n${log}`);
    }
    await new Promise((next) => setTimeout(next, 50));
  }
  return server;
}

async function ready(url) {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false; // not listening yet
  }
}

/** `dieuphoi demo` in `cwd`, and its accounts by role. */
export async function demo({ cwd, env, args = [] }) {
  const server = await start(["demo", ...args], {
    cwd,
    env: { DIEUPHOI_RATE_LIMIT: "off", ...env },
  });
  const accounts = JSON.parse(readFileSync(join(cwd, "data/demo/accounts.json"), "utf8"));
  return { ...server, accounts };
}

/** `dieuphoi serve`, configured by the environment and whatever `args` name. */
export function serve({ cwd, env, args = [] }) {
  return start(["serve", ...args], { cwd, env });
}

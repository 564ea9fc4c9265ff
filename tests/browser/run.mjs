// Runs the stories, two files at a time: each has a server, a browser and a folder of its own, and
// one of them mostly waits for the other's turn.
//
//   node tests/browser/run.mjs                 all stories
//   node tests/browser/run.mjs main pages      those whose file name holds one of the words
//   node tests/browser/run.mjs --screens       and renews the pictures in docs/screens
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { binary, root } from "./lib/server.mjs";

const here = fileURLToPath(new URL("./stories", import.meta.url));
const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const files = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs"))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort()
  .map((name) => join(here, name));

if (!existsSync(binary)) {
  console.error(`${binary} is not built: cargo build --package dieuphoi`);
  process.exit(1);
}
if (files.length === 0) {
  console.error(`no story has ${words.join(" or ")} in its name`);
  process.exit(1);
}

// A story that hangs is a story that failed: its process ends, and its browser and server with it.
const args = [
  "--test",
  "--test-concurrency=2",
  "--test-reporter=spec",
  "--test-timeout=600000",
  "--test-force-exit",
  ...files,
];
const env = { ...process.env };
const screens = process.argv.includes("--screens") && join(root, "docs/screens");
if (screens) {
  // A page that is gone leaves no picture behind.
  if (words.length === 0) rmSync(screens, { recursive: true, force: true });
  mkdirSync(screens, { recursive: true });
  env.DIEUPHOI_TEST_SCREENS = "docs/screens";
}
const tests = spawn(process.execPath, args, { stdio: "inherit", env });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => tests.kill(signal));
tests.on("exit", (code) => {
  if (screens) gallery(screens);
  process.exit(code ?? 1);
});

/** One page that shows all pictures, by name. */
function gallery(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".jpg")).sort();
  const lines = [
    "# Every page",
    "",
    "As the browser tests saw them (`node tests/browser/run.mjs --screens` renews this folder).",
    "",
    ...names.flatMap((name) => [`## ${name.slice(0, -4)}`, "", `![${name.slice(0, -4)}](${name})`, ""]),
  ];
  writeFileSync(join(folder, "README.md"), `${lines.join("\n").trimEnd()}\n`);
}

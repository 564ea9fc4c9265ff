// The rules of dependencies.mjs on small cases, so that the check is known to be able to fail.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, licenceMet, means } from "./dependencies.mjs";

const rules = {
  licenses: { allow: ["MIT"], exceptions: [{ crate: "odd", allow: ["MPL-2.0"] }] },
  bans: { deny: [{ crate: "old@<0.4", reason: "holes" }], skip: [{ crate: "twice@1" }] },
  sources: { "allow-registry": ["https://registry.example"] },
};
const crate = (name, version, license = "MIT", more = {}) => ({
  name,
  version,
  license,
  source: "registry+https://registry.example",
  dependencies: [],
  ours: false,
  ...more,
});

test("reads licence expressions", () => {
  const mit = (name) => name === "MIT";
  assert.ok(licenceMet("Apache-2.0 OR MIT", mit));
  assert.ok(licenceMet("MIT/Apache-2.0", mit));
  assert.ok(licenceMet("(GPL-3.0 OR MIT) AND MIT", mit));
  assert.ok(!licenceMet("MIT AND Unicode-3.0", mit));
  assert.ok(!licenceMet("MIT WITH LLVM-exception", mit));
  assert.throws(() => licenceMet("(MIT", mit));
});

test("matches versions", () => {
  assert.ok(means("h2@<0.4", "h2", "0.3.27"));
  assert.ok(!means("h2@<0.4", "h2", "0.4.0"));
  assert.ok(means("rand@0.9", "rand", "0.9.5"));
  assert.ok(!means("rand@0.9", "rand", "0.10.4"));
  assert.ok(!means("rand", "rand_core", "0.9.5"));
});

test("finds every kind of wrong, and what is no longer needed", () => {
  const { wrong, remarks } = judge(rules, [
    crate("gpl", "1.0.0", "GPL-3.0"),
    crate("nothing", "1.0.0", null),
    crate("old", "0.3.9"),
    crate("twice", "1.0.0"),
    crate("twice", "2.0.0"),
    crate("thrice", "1.0.0"),
    crate("thrice", "2.0.0"),
    crate("fork", "1.0.0", "MIT", { source: "git+https://elsewhere.example" }),
    crate("ours", "0.1.0", "MIT", {
      source: null,
      ours: true,
      dependencies: [{ name: "any", req: "*" }],
    }),
  ]);
  assert.deepEqual(
    wrong.map((line) => line.split(" ").slice(0, 2).join(" ")),
    [
      "licence: gpl",
      "licence: nothing",
      "refused: old",
      "source: fork",
      "wildcard: ours",
      "duplicate: thrice",
    ],
  );
  assert.deepEqual(remarks, ["exception for odd is no longer needed"]);
});

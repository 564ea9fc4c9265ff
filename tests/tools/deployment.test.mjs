// The rules of deployment.mjs on broken files, so that the check is known to be able to fail.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { composeFaults, dockerfileFaults } from "./deployment.mjs";

const file = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("finds what was loosened in docker-compose.yml", () => {
  const good = file("docker-compose.yml");
  assert.deepEqual(composeFaults(good), []);
  const broken = (from, to) => {
    assert.ok(good.includes(from), from);
    return composeFaults(good.replaceAll(from, to)).join("\n");
  };
  assert.match(broken("read_only: true", "read_only: false"), /not read-only/);
  assert.match(broken('user: "10001:10001"', 'user: "0:0"'), /server-1: runs as root/);
  assert.match(broken("secrets: [database_url, ", "secrets: [nowhere, "), /nowhere/);
  assert.match(broken("MAIL__PASSWORD_FILE", "MAIL__PASSWORD"), /DIEUPHOI_MAIL__PASSWORD/);
  assert.match(broken("driver: journald", "driver: local"), /by age/);
  assert.match(broken("services:\n", "services:\n  - ["), /./);
  assert.match(composeFaults(good, () => false).join("\n"), /does not exist/);
});

test("finds what was loosened in the Dockerfile", () => {
  const good = file("Dockerfile");
  assert.deepEqual(dockerfileFaults(good), []);
  const broken = (from, to) => dockerfileFaults(good.replace(from, to)).join("\n");
  assert.match(broken("USER 10001:10001", ""), /runs as root/);
  assert.match(broken(/HEALTHCHECK.*/, ""), /no health check/);
  assert.match(broken('ENTRYPOINT ["dieuphoi"]', "ENTRYPOINT dieuphoi"), /needs a shell/);
  assert.match(broken("EXPOSE 8080", "EXPOSE nonsense"), /line \d+/);
});

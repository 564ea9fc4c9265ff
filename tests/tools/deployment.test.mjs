// The rules of deployment.mjs on broken files, so that the check is known to be able to fail.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { composeFaults, dockerfileFaults, secretsFaults } from "./deployment.mjs";

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

test("finds what a new installation would stumble over", () => {
  const [compose, example, good] = ["docker-compose.yml", "deploy/compose.env.example", "deploy/make-secrets"].map(file);
  const folder = mkdtempSync(join(tmpdir(), "dieuphoi-make-"));
  const faults = (script, variables = example) => {
    const path = join(folder, "make-secrets");
    writeFileSync(path, script);
    return secretsFaults(compose, variables, path).join("\n");
  };
  try {
    assert.equal(faults(good), "");
    assert.match(faults(good.replaceAll("database_admin_password", "elsewhere")), /nothing makes/);
    assert.match(faults(good.replaceAll("CÒN THIẾU", "")), /mail_password is empty/);
    assert.match(faults(good.replaceAll("-m 0700", "-m 0755")), /anybody may enter/);
    assert.match(faults(good.replaceAll("[[ -s $1 ]]", "false")), /overwritten/);
    assert.match(faults("exit 3"), /make-secrets/);
    assert.match(faults(good, example.replace("DIEUPHOI_HOST=", "#")), /lacks DIEUPHOI_HOST/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

// The example configurations are real ones: the server starts with each, and knows every key.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { binary, command, folder, root, serve } from "../lib/server.mjs";

/** Starts with this example; what names another machine or a secret's place is given by `env`. */
async function startWith(example, place, env) {
  // docker-compose.yml gives the address; started here, it is this machine's own.
  const base = { DIEUPHOI_SERVER__BASE_URL: "https://dieuphoi.tinh.example", ...env };
  command(place.path, ["migrate", "--config", example], base);
  const server = await serve({ cwd: place.path, env, args: ["--config", example] });
  try {
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    assert.equal((await fetch(`${server.url}/dang-nhap`)).status, 200);
    command(place.path, ["health", `${server.url}/readyz`]);
  } finally {
    await server.stop();
  }
  const gone = spawnSync(binary, ["health", `${server.url}/readyz`], { cwd: place.path });
  assert.notEqual(gone.status, 0, "health finds a server that is not there");
}

test("deploy/dieuphoi.toml", async () => {
  const place = folder("example");
  const secret = join(place.path, "mail_password");
  writeFileSync(secret, "thu-nghiem\n");
  await startWith(join(root, "deploy/dieuphoi.toml"), place, {
    DIEUPHOI_DATABASE_URL: `sqlite:${join(place.path, "a.sqlite")}`,
    DIEUPHOI_EVIDENCE__FOLDER: join(place.path, "evidence"),
    DIEUPHOI_MAIL__PASSWORD_FILE: secret,
  });
  place.drop();
});

test("deploy/compose.toml, with the secrets as docker-compose.yml gives them", async () => {
  const place = folder("compose");
  const url = join(place.path, "database_url");
  const secret = join(place.path, "mail_password");
  writeFileSync(url, `sqlite:${join(place.path, "b.sqlite")}`);
  writeFileSync(secret, "thu-nghiem\n");
  await startWith(join(root, "deploy/compose.toml"), place, {
    DIEUPHOI_DATABASE__URL_FILE: url,
    DIEUPHOI_EVIDENCE__FOLDER: join(place.path, "evidence"),
    DIEUPHOI_MAIL__PASSWORD_FILE: secret,
  });
  place.drop();
});

test("a misspelt key and a promise of too few days of logs are refused, by name", () => {
  const place = folder("wrong");
  const good = readFileSync(join(root, "deploy/compose.toml"), "utf8");
  for (const [from, to, named] of [
    ["retention_days = 400", "retention_days = 29", /retention_days/],
    ["retention_days", "retention_dais", /retention_dais/],
  ]) {
    const file = join(place.path, "wrong.toml");
    writeFileSync(file, good.replace(from, to));
    const run = spawnSync(binary, ["serve", "--config", file], {
      cwd: place.path,
      encoding: "utf8",
      timeout: 20_000,
      env: {
        PATH: process.env.PATH,
        DIEUPHOI_DATABASE_URL: `sqlite:${join(place.path, "c.sqlite")}`,
        DIEUPHOI_SERVER__LISTEN: "127.0.0.1:0",
      },
    });
    assert.notEqual(run.status, 0, `started with ${to}`);
    assert.equal(run.signal, null, `went on with ${to}`);
    assert.match(`${run.stdout}${run.stderr}`, named);
  }
  place.drop();
});

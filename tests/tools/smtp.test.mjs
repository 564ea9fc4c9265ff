// The tools test themselves first: a mail server that cannot refuse proves nothing about ours.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { bring } from "./packages.mjs";
import { startSmtp } from "./smtp.mjs";

const { createTransport } = bring("nodemailer");

let server;
let ca;
before(async () => {
  server = await startSmtp({ user: "nguoigui", password: "bí mật" });
  ca = readFileSync(server.ca);
});
after(() => server.stop());

const client = (more = {}) =>
  createTransport({
    host: "localhost",
    port: server.smtp,
    requireTLS: true,
    auth: { user: "nguoigui", pass: "bí mật" },
    tls: { ca },
    ...more,
  });
const mail = (to, more = {}) => ({
  from: "Trực ban <trucban@so-tttt.example>",
  to,
  subject: "Sự cố SC-2026-000123: mã hóa dữ liệu",
  text: "Xem https://dieuphoi.example/su-co/SC-2026-000123?a=1 để biết.",
  ...more,
});
const ask = async (path, init) => {
  const response = await fetch(`${server.http}${path}`, init);
  return { status: response.status, body: await response.json() };
};
const fault = (body) => ask("/fault", { method: "POST", body: JSON.stringify(body) });

test("keeps a mail that came over STARTTLS after a sign-in", async () => {
  await client().sendMail(mail("truong@xa.example"));
  const { body } = await ask("/wait?to=truong@xa.example&timeout=5000");
  assert.equal(body.length, 1);
  assert.equal(body[0].tls, true);
  assert.equal(body[0].user, "nguoigui");
  assert.equal(body[0].subject, "Sự cố SC-2026-000123: mã hóa dữ liệu");
  assert.deepEqual(body[0].links, ["https://dieuphoi.example/su-co/SC-2026-000123?a=1"]);
  assert.match(body[0].messageId, /^<.+>$/);
});

test("refuses a wrong password, an unknown authority and a line without TLS", async () => {
  await assert.rejects(client({ auth: { user: "nguoigui", pass: "sai" } }).sendMail(mail("a@b.example")), {
    responseCode: 535,
  });
  await assert.rejects(client({ tls: {} }).sendMail(mail("a@b.example")), /certificate/);
  await assert.rejects(
    client({ requireTLS: false, ignoreTLS: true }).sendMail(mail("a@b.example")),
    { responseCode: 538 },
  );
});

test("strikes with the fault asked for, as often as asked", async () => {
  await fault({ mode: "4xx", times: 1 });
  await assert.rejects(client().sendMail(mail("mot@xa.example")), { responseCode: 451 });
  await client().sendMail(mail("mot@xa.example"));

  await fault({ mode: "5xx", to: "hai@" });
  await assert.rejects(client().sendMail(mail("hai@xa.example")), { responseCode: 550 });
  await client().sendMail(mail("ba@xa.example"));

  await fault({ mode: "drop", times: 1 });
  await assert.rejects(client().sendMail(mail("bon@xa.example")));
  const { body } = await ask("/messages?to=bon@xa.example");
  assert.deepEqual(
    body.map((m) => m.answered),
    [false],
  );

  await fault({ mode: "hang" });
  await assert.rejects(client({ socketTimeout: 300 }).sendMail(mail("nam@xa.example")), /[Tt]imeout/);
  assert.deepEqual((await ask("/messages?to=nam@xa.example")).body, []);
  await fault({ mode: "none" });
  assert.equal((await fault({ mode: "nonsense" })).status, 400);
});

test("says when the wait was in vain", async () => {
  const { status } = await ask("/wait?to=khong@xa.example&timeout=50");
  assert.equal(status, 408);
});

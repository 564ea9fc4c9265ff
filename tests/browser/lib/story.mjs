// A story is told in chapters: the first that fails ends it, says its name and leaves a picture.
import assert from "node:assert/strict";
import { shot } from "./look.mjs";

/** `chapter(name, page, work)` for this test; `page` may be missing. */
export function teller(t) {
  return async (name, page, work) => {
    const began = Date.now();
    try {
      const result = await work();
      t.diagnostic(`${name} (${Date.now() - began} ms)`);
      return result;
    } catch (error) {
      if (page && !page.isClosed()) {
        await shot(page, `failed-${name.replaceAll(/[^a-z0-9]+/gi, "-")}`).catch(() => {});
        error.message = `${name}, at ${page.url()}: ${error.message}`;
      } else {
        error.message = `${name}: ${error.message}`;
      }
      throw error;
    }
  };
}

/** The demonstration's letters to an address that are `wanted`, as soon as there is one. */
export async function lettersTo(server, address, wanted, limit = 60_000) {
  const until = Date.now() + limit;
  for (;;) {
    const response = await fetch(`${server.url}/api/v1/demo/messages?to=${encodeURIComponent(address)}`);
    assert.equal(response.status, 200);
    const all = await response.json();
    const found = all.filter(wanted);
    if (found.length > 0) return found;
    const seen = all.map((one) => one.subject).join("\n");
    assert.ok(Date.now() < until, `${address} did not get it; there were:\n${seen}`);
    await new Promise((next) => setTimeout(next, 200)); // asks again; nobody tells a mailbox's reader
  }
}

/** Asks the test mail server (tests/tools/smtp.mjs) for what came to an address. */
export async function mailTo(smtp, address, { count = 1, after = 0, timeout = 60_000 } = {}) {
  const query = new URLSearchParams({ to: address, count, after, timeout });
  const response = await fetch(`${smtp.http}/wait?${query}`);
  const body = await response.json();
  if (!response.ok) {
    const all = await (await fetch(`${smtp.http}/messages`)).json();
    const seen = all.map((mail) => `${mail.envelope.to}: ${mail.subject}`).join("\n");
    throw new Error(`${address} got fewer than ${count} mails; there were:\n${seen}`);
  }
  return body;
}

/** The configuration that sends mail to that server. */
export function mailEnvironment(smtp) {
  return {
    DIEUPHOI_MAIL__HOST: "localhost",
    DIEUPHOI_MAIL__PORT: String(smtp.smtp),
    DIEUPHOI_MAIL__TLS: "starttls",
    DIEUPHOI_MAIL__USERNAME: smtp.user,
    DIEUPHOI_MAIL__PASSWORD: smtp.password,
    DIEUPHOI_MAIL__FROM_ADDRESS: "dieuphoi@sottt.thanhhoa.example",
    DIEUPHOI_MAIL__CA_FILE: smtp.ca,
  };
}

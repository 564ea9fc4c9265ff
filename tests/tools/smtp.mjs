// A real SMTP server for tests. STARTTLS and a sign-in are required, as with a province's own
// mail server; every mail is kept, parsed, and offered as JSON over HTTP; faults can be switched.
//
//   node tests/tools/smtp.mjs [--user U] [--password P] [--certificates DIR] [--port N]
//                             [--http-port N] [--implicit-tls] [--until-stdin-closes]
//
// Prints one line of JSON when it is ready: {smtp, http, ca, user, password}. Ports default to 0,
// any free one. HTTP, on 127.0.0.1 only:
//   GET    /messages?to=ADDRESS&after=SEQ            what was accepted, oldest first
//   GET    /wait?to=ADDRESS&count=N&after=SEQ&timeout=MS   the same, as soon as there are N (408 else)
//   DELETE /messages                                 forget them
//   POST   /fault {mode, at?, to?, times?}           none | 4xx | 5xx | hang | drop
//   GET    /fault                                    what is switched on, and how often it struck
// A fault strikes at "rcpt" (default for 4xx, 5xx), at "data" after the whole mail was read
// (default for hang and drop) or at "auth"; `to` limits it to recipients holding that text,
// `times` to so many strokes. "drop" keeps the mail and cuts the line before the 250: what a
// client must take for unsent although it came.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bring } from "./packages.mjs";

const { SMTPServer } = bring("smtp-server");
const { simpleParser } = bring("mailparser");

const MODES = new Set(["none", "4xx", "5xx", "hang", "drop"]);
const PLACES = new Set(["rcpt", "data", "auth"]);
const CODES = { "4xx": 451, "5xx": 550 };

/** What a mail is to a test: the envelope, the words and the links in them. */
async function read(raw, session, seq, answered) {
  const mail = await simpleParser(raw);
  const text = mail.text ?? "";
  const html = mail.html || "";
  const links = [...`${text}\n${html}`.matchAll(/https?:\/\/[^\s"'<>)\]]+/g)].map((m) =>
    m[0].replaceAll("&amp;", "&"),
  );
  return {
    seq,
    at: new Date().toISOString(),
    answered,
    tls: Boolean(session.secure),
    user: session.user ?? null,
    envelope: {
      from: session.envelope.mailFrom?.address ?? "",
      to: session.envelope.rcptTo.map((one) => one.address),
    },
    from: mail.from?.text ?? "",
    to: mail.to?.text ?? "",
    cc: mail.cc?.text ?? "",
    subject: mail.subject ?? "",
    messageId: mail.messageId ?? null,
    inReplyTo: mail.inReplyTo ?? null,
    references: [mail.references ?? []].flat(),
    headers: Object.fromEntries(
      mail.headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(":") + 1).trim()]),
    ),
    text,
    html,
    links: [...new Set(links)],
    attachments: mail.attachments.map((a) => ({
      filename: a.filename ?? null,
      contentType: a.contentType,
      size: a.size,
    })),
    raw: raw.toString("utf8"),
  };
}

/** Starts the server; see the head of this file. `stop()` ends it and removes what it made. */
export async function startSmtp(options = {}) {
  const user = options.user ?? "dieuphoi";
  const password = options.password ?? "thu-nghiem";
  const own = options.certificates === undefined;
  const folder = own ? mkdtempSync(join(tmpdir(), "dieuphoi-smtp-")) : options.certificates;
  execFileSync(fileURLToPath(new URL("./certificates", import.meta.url)), [folder]);

  let messages = [];
  let last = 0;
  let waiting = [];
  let fault = { mode: "none", struck: 0 };

  /** The mode to act on at this place for this recipient, counted; "none" most of the time. */
  const strike = (place, recipients) => {
    const { mode, at, to, times } = fault;
    const where = at ?? (CODES[mode] ? "rcpt" : "data");
    if (mode === "none" || where !== place) return "none";
    if (to && !recipients.some((one) => one.includes(to))) return "none";
    if (times !== undefined && fault.struck >= times) return "none";
    fault.struck += 1;
    return mode;
  };
  /** Acts on the mode; true if it took the answer out of our hands. */
  const act = (mode, server, session, callback) => {
    if (mode === "none") return false;
    if (mode === "hang") return true;
    if (mode === "drop") {
      for (const connection of server.connections) {
        if (connection.id === session.id) connection._socket.destroy();
      }
      return true;
    }
    const refusal = new Error(mode === "4xx" ? "4.3.2 Try again later" : "5.1.1 No such mailbox");
    refusal.responseCode = CODES[mode];
    callback(refusal);
    return true;
  };
  const matching = ({ to, after = 0 }) =>
    messages.filter((m) => m.seq > after && (!to || m.envelope.to.includes(to)));
  const wake = () => {
    waiting = waiting.filter((one) => !one());
  };

  const smtp = new SMTPServer({
    name: "localhost",
    secure: Boolean(options.implicitTls),
    key: readFileSync(join(folder, "server.key")),
    cert: readFileSync(join(folder, "server.pem")),
    authMethods: ["PLAIN", "LOGIN"],
    authOptional: false,
    allowInsecureAuth: false,
    disableReverseLookup: true,
    size: 32 << 20,
    socketTimeout: 120_000,
    closeTimeout: 200,
    onAuth(auth, session, callback) {
      if (act(strike("auth", []), smtp, session, callback)) return;
      if (auth.username === user && auth.password === password) callback(null, { user });
      else callback(new Error("Invalid username or password"));
    },
    onRcptTo(address, session, callback) {
      if (!act(strike("rcpt", [address.address]), smtp, session, callback)) callback();
    },
    onData(stream, session, callback) {
      const parts = [];
      stream.on("data", (part) => parts.push(part));
      stream.on("end", async () => {
        const mode = strike(
          "data",
          session.envelope.rcptTo.map((one) => one.address),
        );
        const kept = mode === "none" || mode === "drop";
        try {
          if (kept) {
            last += 1;
            const seq = last;
            messages.push(await read(Buffer.concat(parts), session, seq, mode === "none"));
            messages.sort((a, b) => a.seq - b.seq);
          }
        } catch (error) {
          callback(error);
          return;
        }
        if (!act(mode, smtp, session, callback)) callback(null, `queued as ${last}`);
        if (kept) wake();
      });
    },
  });
  // Clients that break off are what the tests are about; they must not end the server.
  smtp.on("error", (error) => process.stderr.write(`smtp: ${error.message}\n`));

  const http = createServer(async (request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    const answer = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const asked = {
      to: url.searchParams.get("to") ?? undefined,
      after: Number(url.searchParams.get("after") ?? 0),
    };
    switch (`${request.method} ${url.pathname}`) {
      case "GET /messages":
        return answer(200, matching(asked));
      case "DELETE /messages":
        messages = [];
        return answer(200, []);
      case "GET /wait": {
        const count = Number(url.searchParams.get("count") ?? 1);
        const ready = () => {
          const found = matching(asked);
          if (found.length < count) return false;
          clearTimeout(timer);
          answer(200, found);
          return true;
        };
        const timer = setTimeout(
          () => {
            waiting = waiting.filter((one) => one !== ready);
            answer(408, { error: `fewer than ${count} messages`, have: matching(asked) });
          },
          Number(url.searchParams.get("timeout") ?? 10_000),
        );
        if (!ready()) waiting.push(ready);
        return undefined;
      }
      case "GET /fault":
        return answer(200, fault);
      case "POST /fault": {
        let body = "";
        for await (const part of request) body += part;
        let wanted;
        try {
          wanted = JSON.parse(body);
        } catch {
          return answer(400, { error: "not JSON" });
        }
        if (!MODES.has(wanted.mode) || (wanted.at !== undefined && !PLACES.has(wanted.at))) {
          return answer(400, { error: `mode: ${[...MODES]}; at: ${[...PLACES]}` });
        }
        fault = { ...wanted, struck: 0 };
        return answer(200, fault);
      }
      default:
        return answer(404, { error: "no such thing here" });
    }
  });

  const listen = (server, port) =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve());
    });
  await listen(smtp, options.port ?? 0);
  await listen(http, options.httpPort ?? 0);

  return {
    smtp: smtp.server.address().port,
    http: `http://127.0.0.1:${http.address().port}`,
    ca: join(folder, "ca.pem"),
    user,
    password,
    async stop() {
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
      await new Promise((done) => smtp.close(done));
      if (own) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function main() {
  const { values } = parseArgs({
    options: {
      user: { type: "string" },
      password: { type: "string" },
      certificates: { type: "string" },
      port: { type: "string" },
      "http-port": { type: "string" },
      "implicit-tls": { type: "boolean" },
      "until-stdin-closes": { type: "boolean" },
    },
  });
  const { stop, ...facts } = await startSmtp({
    user: values.user,
    password: values.password,
    certificates: values.certificates,
    port: Number(values.port ?? 0),
    httpPort: Number(values["http-port"] ?? 0),
    implicitTls: values["implicit-tls"],
  });
  process.stdout.write(`${JSON.stringify(facts)}\n`);
  const end = async () => {
    await stop();
    process.exit(0);
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (values["until-stdin-closes"]) {
    // The caller may be killed: its end of the pipe closes, and nothing is left behind.
    process.stdin.once("end", end);
    process.stdin.resume();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

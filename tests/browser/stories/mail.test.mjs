// Serving in earnest: a new installation fills its directory from the spreadsheets, a report comes in
// through a unit's own address, and the head and the IT officer are told by a real mail server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { startSmtp } from "../../tools/smtp.mjs";
import { openBrowser, person, PHONE } from "../lib/browser.mjs";
import { fill, form, incidentCode, send } from "../lib/forms.mjs";
import { command, folder, root, serve } from "../lib/server.mjs";
import { mailEnvironment, mailTo, teller } from "../lib/story.mjs";

const UNIT = "xa-dien-lu";
const HEAD = "nhactc@bathuoc.thanhhoa.example"; // both of server/demo/contacts.csv
const OFFICER = "vuongct@bathuoc.thanhhoa.example";
const PHONE_NUMBER = "000 912 0437";

let place;
let smtp;
let browser;
let server;
let database;

before(async () => {
  place = folder("mail");
  smtp = await startSmtp();
  browser = await openBrowser();
  database = { DIEUPHOI_DATABASE_URL: `sqlite:${join(place.path, "dieuphoi.sqlite")}` };
});
after(async () => {
  await browser?.close();
  await server?.kill();
  await smtp?.stop();
  place?.drop();
});

test("a new installation tells a unit's people by mail", async (t) => {
  const chapter = teller(t);
  await chapter("the directory comes from spreadsheets", null, async () => {
    const tables = ["organisations", "contacts", "systems"];
    const files = tables.map((name) => join(root, `server/demo/${name}.csv`));
    command(place.path, ["migrate"], database);
    command(place.path, ["org", "import", ...files], database);
    server = await serve({
      cwd: place.path,
      env: {
        ...database,
        DIEUPHOI_EVIDENCE__FOLDER: join(place.path, "evidence"),
        ...mailEnvironment(smtp),
      },
    });
  });

  const reporter = await person(browser, server.url, { viewport: PHONE });
  const code = await chapter("a clerk reports", reporter.page, async () => {
    const { page } = reporter;
    await page.goto(`/bao-su-co/${UNIT}`);
    await fill(form(page, `/bao-su-co/${UNIT}`), {
      category: "data_encryption",
      description: "Máy chủ một cửa hiện thông báo đòi tiền, các tệp không mở được.",
      still_happening: "yes",
      services: "stopped",
      people: "unit",
      name: "Trần Tuệ Thơm",
      phone: PHONE_NUMBER,
      secret: "no",
    });
    await send(form(page, `/bao-su-co/${UNIT}`));
    return incidentCode(page);
  });
  await reporter.leave();

  await chapter("the head and the IT officer get mail", null, async () => {
    for (const address of [HEAD, OFFICER]) {
      const mails = await mailTo(smtp, address);
      const told = mails.find((mail) => mail.subject.includes(code));
      assert.ok(told, `${address} was not told of ${code}`);
      assert.equal(told.tls, true);
      assert.equal(told.user, smtp.user);
      assert.equal(told.envelope.from, "dieuphoi@sottt.thanhhoa.example");
      assert.ok(![told.raw, told.text, told.html].join().includes(PHONE_NUMBER), "a mail carries the reporter's phone number");
    }
  });

  await chapter("the server stops in peace and the chain verifies", null, async () => {
    await server.stop();
    command(place.path, ["audit", "verify"], database);
  });
});

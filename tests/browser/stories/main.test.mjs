// The main job from end to end, on a real database with real mail: a clerk reports by phone,
// the head and the duty officer are told, the Sở triages and dispatches, the provider answers by
// magic link, the police by account, the case closes, and the audit chain holds.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { startSmtp } from "../../tools/smtp.mjs";
import { openBrowser, person, PHONE } from "../lib/browser.mjs";
import { accountOf, fill, form, incidentCode, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { command, demo, folder, serve } from "../lib/server.mjs";
import { mailEnvironment, mailTo, teller } from "../lib/story.mjs";

const UNIT = "xa-dien-lu";
const PROVIDER = "vnpt";
const POLICE = "cat";

let place;
let smtp;
let browser;
let server;
let accounts;
let database;

before(async () => {
  place = folder("main");
  smtp = await startSmtp();
  browser = await openBrowser();
  // The demo makes the province and its accounts; then the real server takes over its database,
  // and mail goes out over SMTP instead of into the local mailbox.
  const first = await demo({ cwd: place.path });
  accounts = first.accounts;
  await first.stop();
  database = `sqlite:${join(place.path, "data/demo/dieuphoi.sqlite")}`;
  server = await serve({
    cwd: place.path,
    env: {
      DIEUPHOI_DATABASE_URL: database,
      DIEUPHOI_EVIDENCE__FOLDER: join(place.path, "data/demo/evidence"),
      DIEUPHOI_PROVINCE__HOTLINE: "000 0000 000",
      ...mailEnvironment(smtp),
    },
  });
});
after(async () => {
  await browser?.close();
  await server?.kill();
  await smtp?.stop();
  place?.drop();
});

test("from a report to a closed case", async (t) => {
  const chapter = teller(t);
  const enter = (options) => person(browser, server.url, options);
  const head = accountOf(accounts, "unit_head", UNIT);
  const duty = accounts.filter((one) => [one.role].flat().join(" ").includes("duty_officer"));
  const coordinator = accountOf(accounts, "coordinator", "so-ttt");
  const police = accountOf(accounts, "police_liaison", POLICE);
  const leader = accountOf(accounts, "leader");
  const auditor = accountOf(accounts, "auditor");

  const reporter = await enter({ viewport: PHONE });
  const { code, tracking } = await chapter("a clerk reports without an account", reporter.page, async () => {
    const { page } = reporter;
    await page.goto(`/bao-su-co/${UNIT}`);
    await look(page, "report-phone");
    await fill(form(page, `/bao-su-co/${UNIT}`), {
      category: "data_encryption",
      description: "Máy chủ một cửa hiện thông báo đòi tiền, các tệp đều có đuôi lạ, không mở được.",
      still_happening: "yes",
      services: "stopped",
      people: "unit",
      name: "Trần Tuệ Thơm",
      phone: "000 912 0437",
      email: "thomtt@bathuoc.thanhhoa.example",
      secret: "no",
    });
    await send(form(page, `/bao-su-co/${UNIT}`));
    const received = await incidentCode(page);
    const link = page.locator('a[href*="/theo-doi/"]').first();
    await look(page, "report-answer-phone");
    return { code: received, tracking: await link.getAttribute("href") };
  });

  await chapter("the head of the unit and the duty officers get mail", null, async () => {
    for (const who of [head, ...duty]) {
      const mails = await mailTo(smtp, who.email);
      const told = mails.find((mail) => mail.subject.includes(code) || mail.text.includes(code));
      assert.ok(told, `${who.email} was not told of ${code}`);
      assert.equal(told.tls, true);
      assert.ok(!told.raw.includes("000 912 0437"), "a mail carries the reporter's phone number");
    }
  });

  const officer = await enter();
  await chapter("the duty officer acknowledges", officer.page, async () => {
    const { page } = officer;
    await signIn(page, duty[0]);
    await page.goto("/dieu-phoi");
    await look(page, "queue");
    await page.getByRole("link", { name: new RegExp(code) }).first().click();
    await page.waitForURL(`**/su-co/${code}`);
    await look(page, "incident-new");
    await send(page, /tiếp nhận/i);
    assert.match(await page.locator("main").innerText(), new RegExp(duty[0].name ?? "đã tiếp nhận", "i"));
  });

  const desk = await enter();
  await chapter("a coordinator triages", desk.page, async () => {
    const { page } = desk;
    await signIn(page, coordinator);
    await page.goto(`/su-co/${code}`);
    const triage = form(page, `/su-co/${code}/phan-loai`);
    await fill(triage, { category: "data_encryption", priority: "urgent", tlp: "AMBER", signs_of_crime: true });
    await send(triage);
    await look(page, "incident-triaged");
  });

  await chapter("and dispatches to the provider and to the police", desk.page, async () => {
    const { page } = desk;
    for (const [to, kind, content] of [
      [PROVIDER, "provide_logs", "Cung cấp nhật ký kết nối tới máy chủ một cửa từ 0 giờ hôm nay."],
      [POLICE, "investigate", "Đề nghị xác minh dấu hiệu tống tiền."],
    ]) {
      await page.goto(`/su-co/${code}`);
      const sheet = form(page, `/su-co/${code}/phieu`);
      await fill(sheet, { to, kind, ground: "Điều 11.2", content });
      await send(sheet);
    }
    await page.goto(`/su-co/${code}`);
    await look(page, "incident-dispatched");
  });

  const provider = await enter({ viewport: PHONE });
  await chapter("the provider answers by magic link, without an account", provider.page, async () => {
    const { page } = provider;
    const liaison = accountOf(accounts, "liaison", PROVIDER);
    const mails = await mailTo(smtp, liaison.email);
    const link = mails.flatMap((mail) => mail.links).find((one) => /\/a\/[\w-]{20,}/.test(one));
    assert.ok(link, "the provider's mail holds no magic link");
    await page.goto(link);
    await page.reload(); // GET changes nothing: mail scanners open links too
    const words = await page.locator("main").innerText();
    assert.ok(!words.includes("Trần Tuệ Thơm"), "the provider sees who reported");
    await look(page, "magic-link-phone");
    await answer(page, "accept", "Đã nhận, NOC đang trích nhật ký.");
    await page.goto(link);
    await answer(page, "done", "Đã trích nhật ký, gửi kèm theo đường công vụ.");
    await look(page, "magic-link-done-phone");
  });

  const investigator = await enter();
  await chapter("the police answer by account", investigator.page, async () => {
    const { page } = investigator;
    await signIn(page, police);
    await page.goto("/phieu");
    await look(page, "dispatches");
    await page.getByRole("link", { name: new RegExp(code) }).first().click();
    await page.waitForURL("**/phieu/*");
    await answer(page, "accept", "Đã tiếp nhận tin báo.");
    await answer(page, "done", "Đã lập hồ sơ ban đầu.");
    await look(page, "dispatch");
  });

  await chapter("the case goes through its states", desk.page, async () => {
    const { page } = desk;
    for (const to of ["containing", "eradicating", "recovering", "reviewing"]) {
      await page.goto(`/su-co/${code}`);
      const change = form(page, `/su-co/${code}/trang-thai`);
      await fill(change, { to, reason: "Đã hoàn thành bước trước." });
      await send(change);
    }
    await look(page, "incident-reviewing");
  });

  const chief = await enter();
  await chapter("somebody who did not lead closes it", chief.page, async () => {
    const { page } = chief;
    await signIn(page, leader);
    await page.goto(`/su-co/${code}`);
    const close = form(page, `/su-co/${code}/dong`);
    await fill(close, {
      response_ended_at: await now(page),
      summary: "Khôi phục từ bản sao lưu, không mất dữ liệu.",
      lessons: "Tách máy sao lưu khỏi mạng nội bộ.",
    });
    await send(close);
    await look(page, "incident-closed");
  });

  await chapter("the reporter sees how it ended", reporter.page, async () => {
    await reporter.page.goto(tracking);
    assert.match(await reporter.page.locator("main").innerText(), /đóng|kết thúc/i);
    await look(reporter.page, "tracking-phone");
  });

  const inspector = await enter();
  await chapter("the audit trail tells all of it, and holds", inspector.page, async () => {
    const { page } = inspector;
    await signIn(page, auditor);
    await page.goto("/nhat-ky");
    assert.match(await page.locator("main").innerText(), new RegExp(code));
    await look(page, "audit");
  });

  for (const who of [reporter, officer, desk, provider, investigator, chief, inspector]) await who.leave();
  await chapter("the server stops in peace and the chain verifies", null, async () => {
    await server.stop();
    command(place.path, ["audit", "verify", "--database", database]);
  });
});

/** Fills and sends the answer to a dispatch, on the liaison's page or behind a magic link. */
async function answer(page, word, text) {
  const sheet = page.locator("form", { has: page.locator('[name="answer"]') }).first();
  const choice = sheet.locator(`button[name="answer"][value="${word}"]`);
  await fill(sheet, { text });
  if ((await choice.count()) > 0) {
    const answered = page.waitForResponse((r) => r.request().isNavigationRequest() && r.status() < 300);
    await choice.click();
    await answered;
    await page.waitForLoadState();
  } else {
    await fill(sheet, { answer: word });
    await send(sheet);
  }
}

/** Now, as a datetime-local field of the person's own clock takes it. */
function now(page) {
  return page.evaluate(() => {
    const at = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000);
    return at.toISOString().slice(0, 16);
  });
}

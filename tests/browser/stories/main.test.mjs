// The main job from end to end, in the demonstration: a clerk reports by phone without an account,
// the head and the duty officer are told, the Sở triages and dispatches, the provider answers by
// magic link, the police by account, another person closes, and the audit chain holds.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, person, PHONE } from "../lib/browser.mjs";
import { accountOf, fill, form, incidentCode, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { command, demo, folder } from "../lib/server.mjs";
import { lettersTo, teller } from "../lib/story.mjs";

const UNIT = "xa-dien-lu";
const PROVIDER = "vnpt";
const PROVIDER_CONTACT = "thachhs@vnpt.thanhhoa.example"; // server/demo/contacts.csv; has no account
const POLICE = "cat";
const PHONE_NUMBER = "000 912 0437";

let place;
let browser;
let server;

before(async () => {
  place = folder("main");
  browser = await openBrowser();
  server = await demo({ cwd: place.path });
});
after(async () => {
  await browser?.close();
  await server?.kill();
  place?.drop();
});

test("from a report to a closed case", async (t) => {
  const chapter = teller(t);
  const { accounts } = server;
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
      phone: PHONE_NUMBER,
      email: "thomtt@bathuoc.thanhhoa.example",
      secret: "no",
    });
    await send(form(page, `/bao-su-co/${UNIT}`));
    const received = await incidentCode(page);
    const link = page.locator('a[href*="/theo-doi/"]').first();
    await look(page, "report-answer-phone");
    return { code: received, tracking: await link.getAttribute("href") };
  });

  await chapter("the head of the unit and the officer on duty get mail", null, async () => {
    for (const who of [head, duty[0]]) {
      const letters = await lettersTo(server, who.email, (one) => one.text.includes(code));
      const told = JSON.stringify(letters);
      assert.ok(!told.includes(PHONE_NUMBER), "a letter carries the reporter's phone number");
    }
  });

  const officer = await enter();
  await chapter("the duty officer acknowledges", officer.page, async () => {
    const { page } = officer;
    await signIn(page, duty[0]);
    await page.goto("/dieu-phoi");
    await look(page, "queue-waiting");
    await page.getByRole("link", { name: new RegExp(code) }).first().click();
    await page.waitForURL(`**/su-co/${code}`);
    await look(page, "incident-new");
    const acknowledge = form(page, `/su-co/${code}/tiep-nhan`);
    await send(acknowledge);
    assert.equal(await acknowledge.count(), 0, "it can be acknowledged twice");
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
    const letters = await lettersTo(server, PROVIDER_CONTACT, (one) => one.text.includes("/a/"));
    const link = letters.flatMap((one) => one.links).find((one) => /\/a\/[\w-]{20,}$/.test(one));
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
    await look(page, "dispatches-police");
    await page.getByRole("row").filter({ hasText: code }).locator('a[href^="/phieu/"]').first().click();
    await page.waitForURL("**/phieu/*");
    await answer(page, "accept", "Đã tiếp nhận tin báo.");
    await answer(page, "done", "Đã lập hồ sơ ban đầu.");
    await look(page, "dispatch-answered");
  });

  await chapter("the case goes through its states", desk.page, async () => {
    const { page } = desk;
    for (const to of ["containing", "eradicating", "recovering", "reviewing"]) {
      await page.goto(`/su-co/${code}`);
      const change = form(page, `/su-co/${code}/trang-thai`);
      await fill(change, { to, reason: "Đã hoàn thành bước trước." });
      await send(change);
      assert.equal(await page.locator('[name="to"] [value="' + to + '"]').count(), 0, `not yet ${to}`);
      if (to !== "containing") continue;
      await page.goto(`/su-co/${code}`); // without the word that it is done
      await look(page, "incident-wide");
    }
    await look(page, "incident-reviewing");
  });

  const chief = await enter();
  await chapter("somebody who did not lead closes it", chief.page, async () => {
    const { page } = chief;
    await signIn(page, leader);
    await page.goto(`/su-co/${code}`);
    await look(page, "incident-to-close");
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
    await look(page, "audit-story");
  });

  for (const who of [reporter, officer, desk, provider, investigator, chief, inspector]) await who.leave();
  await chapter("the server stops in peace and the chain verifies", null, async () => {
    await server.stop();
    command(place.path, ["audit", "verify", "--database", "data/demo/dieuphoi.sqlite"]);
  });
});

/** Fills and sends the answer to a dispatch, on the liaison's page or behind a magic link. */
async function answer(page, word, text) {
  const sheet = page.locator("form", { has: page.locator('[name="answer"]') }).first();
  await fill(sheet, { answer: word, text });
  await send(sheet);
}

/** Now, as a datetime-local field of the person's own clock takes it. */
function now(page) {
  return page.evaluate(() => {
    const at = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000);
    return at.toISOString().slice(0, 16);
  });
}

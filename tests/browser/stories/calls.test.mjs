// What is called for in the middle of a case: a situation report, the next level at once, peace for
// oneself, and the procedure's question with its yes and no. By keyboard and mouse, and without script.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESK, openBrowser, person, PHONE } from "../lib/browser.mjs";
import { report } from "../lib/cases.mjs";
import { accountOf, fill, form, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { refused } from "../lib/refused.mjs";
import { demo, folder } from "../lib/server.mjs";
import { lettersTo, teller } from "../lib/story.mjs";

let place;
let server;
let browser;
before(async () => {
  place = folder("calls");
  browser = await openBrowser();
  server = await demo({ cwd: place.path });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  place?.drop();
});

// Each story has a unit of its own: a second report of the same one would be asked "is it one of these?".
async function reported(unit) {
  const who = await person(browser, server.url, { viewport: PHONE });
  const code = await report(who.page, { unit });
  await who.leave();
  return code;
}

async function enter(account, options) {
  const who = await person(browser, server.url, options);
  await signIn(who.page, account);
  return who;
}

/** A fold of the incident's page, opened. */
async function opened(page, action) {
  const sheet = form(page, action);
  const fold = page.locator("details.confirm", { has: sheet });
  if ((await fold.getAttribute("open")) === null) await fold.locator("summary").first().click();
  await sheet.waitFor();
  return sheet;
}

for (const [unit, script, viewport] of [
  ["so-y-te", true, DESK],
  ["so-gddt", false, PHONE],
]) {
  const way = script ? "" : " without script";
  test(`a situation report, the next level, peace for oneself${way}`, async (t) => {
    const chapter = teller(t);
    const code = await reported(unit);
    const at = `/su-co/${code}`;
    const coordinator = accountOf(server.accounts, "coordinator", "so-ttt");
    const { page, leave } = await enter(coordinator, { script, viewport });

    await chapter("conditions are needed, what was typed stays", page, async () => {
      await page.goto(at);
      const sheet = await opened(page, `${at}/tinh-hinh`);
      await fill(sheet, { conditions: "   ", actions: "Đã gỡ liên kết chia sẻ <b>", needs: "Thêm một người", audience: "coordination" });
      await refused(sheet, { actions: "Đã gỡ liên kết chia sẻ <b>", needs: "Thêm một người", audience: "coordination" });
      assert.equal(await page.locator('#tinh-hinh [name="conditions"][aria-invalid="true"]').count(), 1);
      assert.ok(await form(page, `${at}/tinh-hinh`).isVisible(), "the fold is closed over the mistake");
      if (script) await look(page, "situation-refused");
    });
    await chapter("the report stands in the timeline by its parts", page, async () => {
      const sheet = await opened(page, `${at}/tinh-hinh`);
      await fill(sheet, { conditions: "Tệp còn tải được từ ba địa chỉ." });
      await send(sheet);
      await page.getByText("Đã lưu báo cáo tình hình.").waitFor();
      const said = await page.locator("#dien-bien").innerText();
      assert.match(said, /Tệp còn tải được từ ba địa chỉ\./);
      assert.match(said, /Đã gỡ liên kết chia sẻ <b>/);
      assert.match(said, /Thêm một người/);
    });

    const summary = page.locator("summary", { hasText: "Báo cấp trên ngay" });
    await chapter("the next level hears at once, and why", page, async () => {
      await summary.click();
      await refused(form(page, `${at}/bao-cap-tren`), {});
      assert.equal(await page.locator('[name="reason"][aria-invalid="true"]').count(), 1);
      const sheet = form(page, `${at}/bao-cap-tren`);
      assert.ok(await sheet.isVisible(), "the fold is closed over the mistake");
      await fill(sheet, { reason: `Trực ban không nghe máy ${way.length}` });
      if (script) await look(page, "escalate");
      await send(sheet);
      await page.getByText("Đã báo cấp trên.").waitFor();
      await page.locator("#dien-bien").getByText(`Trực ban không nghe máy ${way.length}`).waitFor();
      const all = await (await fetch(`${server.url}/api/v1/demo/messages?limit=100`)).json();
      assert.ok(all.some((one) => one.subject.includes(code) || one.text.includes(code)), "somebody was told");
    });
    await chapter("called twice within a minute it says so", page, async () => {
      await summary.click();
      const sheet = form(page, `${at}/bao-cap-tren`);
      await fill(sheet, { reason: "Bấm lần nữa" });
      await refused(sheet, {}, { status: 409 });
      await page.locator(".notice--bad").waitFor();
    });

    await chapter("peace for an hour is said on the page", page, async () => {
      await page.goto(at);
      await page.locator("summary", { hasText: "Tạm hoãn thông báo cho tôi" }).click();
      const sheet = form(page, `${at}/hoan-bao`);
      await fill(sheet, { minutes: "60" });
      if (script) await look(page, "snooze");
      await send(sheet);
      await page.getByText("Đã tạm hoãn thông báo cho bạn.").waitFor();
      await page.getByText(/Thông báo cho bạn về sự cố này được hoãn đến \d\d\/\d\d\/\d{4} \d\d:\d\d/).waitFor();
    });
    await leave();
  });
}

for (const [unit, answer, script, viewport] of [
  ["so-tai-chinh", "yes", true, DESK],
  ["so-tnmt", "no", false, PHONE],
]) {
  test(`the procedure asks, the head of the unit says ${answer}`, async (t) => {
    const chapter = teller(t);
    const code = await reported(unit);
    const at = `/su-co/${code}`;
    const head = accountOf(server.accounts, "unit_head", unit);

    const desk = await enter(accountOf(server.accounts, "coordinator", "so-ttt"));
    await chapter("personal data left: the procedure asks", desk.page, async () => {
      await desk.page.goto(at);
      await send(form(desk.page, `${at}/tiep-nhan`));
      const sheet = await opened(desk.page, `${at}/phan-loai`);
      await fill(sheet, { personal_data: true, priority: "high" });
      await send(sheet);
      await desk.page.getByText("Dữ liệu cá nhân có bị lộ, mất hoặc bị sửa trái phép không?").first().waitFor();
      await lettersTo(server, head.email, (one) => one.text.includes("Dữ liệu cá nhân có bị lộ"));
    });

    const who = await enter(head, { script, viewport });
    const { page } = who;
    const words = answer === "yes" ? "Có, gồm số căn cước của 40 hộ." : "Không: tệp chỉ có số liệu tổng.";
    await chapter("the card on the case takes the answer and a word with it", page, async () => {
      await page.goto(at);
      const card = page.locator("#nhiem-vu li", { hasText: "Dữ liệu cá nhân có bị lộ" }).first();
      await card.locator("summary").click();
      if (script) await look(page, "question");
      await fill(card, { note: words });
      await send(card.locator("form"), answer === "yes" ? "Có, đồng ý" : /^Không$/);
      const settled = page.locator("#nhiem-vu li", { hasText: "Dữ liệu cá nhân có bị lộ" }).first();
      assert.match(await settled.innerText(), answer === "yes" ? /^Đồng ý$/m : /^Không đồng ý$/m);
      assert.equal(await settled.locator("form").count(), 0, "an answered question asks no more");
      await page.locator("#dien-bien").getByText(words).waitFor();
      if (script) await look(page, "question-answered");
    });
    await who.leave();

    await chapter("the procedure goes its way", desk.page, async () => {
      await desk.page.goto(at);
      const notice = desk.page.locator("#nhiem-vu").getByText("Thông báo vi phạm dữ liệu cá nhân");
      assert.equal(await notice.count(), answer === "yes" ? 1 : 0);
      await desk.page.goto(`${at}/quy-trinh`);
      assert.match(await desk.page.locator("main").innerText(), /Dữ liệu cá nhân có bị lộ/);
      await desk.leave();
    });
  });
}

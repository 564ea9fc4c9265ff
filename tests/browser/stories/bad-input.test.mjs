// What goes wrong on the pages that prepare for a case: a playbook's text that somebody overtook, a
// rota that leaves days without anybody. What was typed is kept; nothing is changed that should not be.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESK, openBrowser, person, PHONE } from "../lib/browser.mjs";
import { accountOf, fill, form, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { refused } from "../lib/refused.mjs";
import { demo, folder } from "../lib/server.mjs";
import { teller } from "../lib/story.mjs";

let place;
let server;
let browser;
before(async () => {
  place = folder("bad-input");
  browser = await openBrowser();
  server = await demo({ cwd: place.path });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  place?.drop();
});

async function enter(role, options) {
  const who = await person(browser, server.url, options);
  await signIn(who.page, accountOf(server.accounts, role, "so-ttt"));
  return who;
}

for (const [name, script, viewport] of [
  ["defacement", true, DESK],
  ["malware", false, PHONE],
]) {
  test(`a playbook that somebody overtook${script ? "" : ", without script"}`, async (t) => {
    const chapter = teller(t);
    const one = await enter("coordinator", { script, viewport });
    const at = "/quy-trinh/soan";
    const open = async (page) => {
      await page.goto(`/quy-trinh/${name}`);
      await page.getByRole("link", { name: "Soạn bản mới" }).click();
      await page.waitForURL(/quy-trinh\/soan/);
      return page.locator("#text").inputValue();
    };
    const { page } = one;
    const titled = (text, word) => text.replace(/^title: (.*)$/m, `title: $1, ${word}`);
    const mine = titled(await open(page), "bản của tôi");
    const note = "Chín phút là đủ <b>";

    let proposed;
    await chapter("another proposes first", page, async () => {
      const other = await enter("coordinator");
      const theirs = titled(await open(other.page), "bản của họ");
      await fill(form(other.page, at), { text: theirs, note: "Tám phút theo chỉ đạo" });
      await send(form(other.page, at), "Trình duyệt");
      proposed = new URL(other.page.url()).pathname;
      await other.leave();
      await fill(form(page, at), { text: mine, note });
      await refused(form(page, at), { text: mine, note }, { button: "Trình duyệt" });
      assert.match(await page.locator(".summary").innerText(), /chờ duyệt/);
    });
    await chapter("theirs comes into force: the number is taken", page, async () => {
      const boss = await enter("leader");
      await boss.page.goto(proposed);
      await send(form(boss.page, "/duyet"));
      await boss.leave();
      await refused(form(page, at), { text: mine, note }, { button: "Trình duyệt" });
      assert.match(await page.locator(".summary").innerText(), /Số bản phải lớn hơn \d+/);
      if (script) await look(page, "playbook-overtaken");
    });
    await chapter("bad YAML is told by line and column in Vietnamese", page, async () => {
      const bad = mine.replace(/^title: /m, "title: [");
      await fill(form(page, at), { text: bad });
      await refused(form(page, at), { text: bad, note }, { button: "Trình duyệt" });
      assert.match(await page.locator("[data-problems]").innerText(), /Dòng \d+, cột \d+/);
    });
    await chapter("with the next number it goes through", page, async () => {
      const next = mine.replace(/^version: (\d+)$/m, (_, n) => `version: ${Number(n) + 1}`);
      await fill(form(page, at), { text: next });
      await send(form(page, at), "Trình duyệt");
      assert.match(page.url(), /\/ban\//);
    });
    await one.leave();
  });
}

/** A day so many days from now, as a date field has it. */
const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);

for (const [title, script, viewport] of [
  ["Trực hạ tầng", true, DESK],
  ["Trực nguồn điện", false, PHONE],
]) {
  test(`a rota with a gap${script ? "" : ", without script"}`, async (t) => {
    const chapter = teller(t);
    const who = await enter("coordinator", { script, viewport });
    const { page } = who;
    const [first, second] = server.accounts.filter((one) => one.role === "duty_officer");

    let edit;
    await chapter("a rota begins with its name; blanks are none", page, async () => {
      await page.goto("/truc-ban/moi");
      const sheet = page.locator("main form").first();
      await fill(sheet, { name: "   " });
      await refused(sheet, {});
      await fill(page.locator("main form").first(), { name: title });
      await send(page.locator("main form").first());
      assert.match(page.url(), /\/sua/);
      edit = page.url();
    });
    await chapter("an end before its beginning is said, the rest stays", page, async () => {
      const sheet = form(page, "/vong");
      await sheet.locator('[name="people"]').first().selectOption(first.email);
      await fill(sheet, { kind: "daily", handover: "07:45", from: day(2), to: day(1) });
      await refused(sheet, { handover: "07:45", from: day(2), to: day(1) });
      assert.equal(await page.locator('[name="people"]').first().inputValue(), first.email);
      if (script) await look(page, "rota-refused");
    });
    await chapter("two turns with three days between them: the gap is told at once", page, async () => {
      const turn = async (person, from, to) => {
        await page.goto(edit);
        const sheet = form(page, "/vong");
        await sheet.locator('[name="people"]').first().selectOption(person.email);
        await fill(sheet, { kind: "daily", handover: "07:45", from, to });
        await send(sheet);
      };
      // One that began before begins now.
      await turn(first, day(-1), day(4));
      await turn(second, day(7), day(20));
      await page.goto("/truc-ban");
      const rota = page.locator(".rota", { hasText: title });
      const gaps = await rota.locator(".notice--warn").innerText();
      const [year, month, date] = day(7).split("-");
      assert.match(gaps, new RegExp(`${date}/${month}/${year} 07:45`), gaps);
      assert.ok((await rota.locator(".duty--gap").count()) >= 3, "the days stand in the calendar");
    });
    await who.leave();
  });
}

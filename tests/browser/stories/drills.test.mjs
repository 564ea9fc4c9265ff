// A drill from its start to its report: marked, faster, its letters kept here.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, person } from "../lib/browser.mjs";
import { accountOf, fill, form, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { demo, folder } from "../lib/server.mjs";
import { teller } from "../lib/story.mjs";

let place;
let server;
let browser;
before(async () => {
  place = folder("drills");
  browser = await openBrowser();
  server = await demo({ cwd: place.path });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  place?.drop();
});

test("a drill is played and its report read", async (t) => {
  const chapter = teller(t);
  const lead = await person(browser, server.url);
  const { page } = lead;
  let code;

  await chapter("a leader starts ransomware at sixty times the speed", page, async () => {
    await signIn(page, accountOf(server.accounts, "leader"));
    await page.goto("/dien-tap");
    await look(page, "drills-empty");
    await page.goto("/dien-tap/moi");
    await look(page, "drill-new");
    const sheet = form(page, "/dien-tap");
    await fill(sheet, {
      playbook: "ransomware",
      organisation: "xa-dien-lu",
      scenario: "Máy kế toán hiện thông báo đòi tiền, tệp có đuôi lạ.",
      goal: "Trực ban tiếp nhận trong 15 phút.",
      speed: "60",
      channels: "kept",
    });
    await send(sheet);
    await page.waitForURL("**/dien-tap/SC-*");
    code = page.url().split("/").pop();
    assert.match(await page.locator("main").innerText(), /DIỄN TẬP/);
  });

  await chapter("outside organisations need real channels", page, async () => {
    await page.goto("/dien-tap/moi");
    const sheet = form(page, "/dien-tap");
    await fill(sheet, {
      playbook: "malware",
      organisation: "xa-dien-lu",
      scenario: "Thử",
      channels: "kept",
    });
    await page.locator('[name="partners"]').first().check();
    const answered = page.waitForResponse((r) => r.request().method() === "POST");
    await sheet.locator('button:not([type="button"])').last().click();
    assert.equal((await answered).status(), 422);
    assert.equal(await page.locator('[name="scenario"]').inputValue(), "Thử");
    await look(page, "drill-refused");
  });

  await chapter("the letters stay here, marked", page, async () => {
    // Nobody tells a mailbox's reader: the page is asked again.
    for (let asked = 0; asked < 60; asked += 1) {
      await page.goto(`/dien-tap/${code}/thu`);
      if ((await page.locator("article.letter").count()) > 0) break;
      await page.waitForTimeout(500);
    }
    const subjects = await page.locator("article.letter h2").allInnerTexts();
    assert.ok(subjects.length > 0, "no letter was kept");
    assert.ok(subjects.every((subject) => subject.startsWith("[DIỄN TẬP] ")), subjects.join("\n"));
    await look(page, "drill-letters");
  });

  const officer = await person(browser, server.url);
  await chapter("the duty officer acknowledges it like any other", officer.page, async () => {
    await signIn(officer.page, accountOf(server.accounts, "duty_officer"));
    await officer.page.goto("/dieu-phoi?drill=none");
    assert.equal(await officer.page.getByRole("link", { name: new RegExp(code) }).count(), 0);
    await officer.page.goto("/dieu-phoi?drill=only");
    await officer.page.getByRole("link", { name: new RegExp(code) }).first().click();
    await officer.page.waitForURL(`**/su-co/${code}`);
    await send(form(officer.page, `/su-co/${code}/tiep-nhan`));
    await look(officer.page, "drill-incident");
    await officer.page.goto(`/dien-tap/${code}`);
    assert.equal(await form(officer.page, `/dien-tap/${code}/ket-thuc`).count(), 0);
    await officer.leave();
  });

  await chapter("its leader ends it and reads who answered when", page, async () => {
    await page.goto(`/dien-tap/${code}`);
    await look(page, "drill-running");
    await page.locator("details.confirm summary").last().click();
    const sheet = form(page, `/dien-tap/${code}/ket-thuc`);
    await fill(sheet, { ending: "Trực ban trả lời nhanh; cần thêm số điện thoại dự phòng." });
    await send(sheet);
    const words = await page.locator("main").innerText();
    assert.match(words, /Đề nghị tiếp nhận/);
    assert.match(words, /số điện thoại dự phòng/);
    await look(page, "drill-report");
    await page.goto("/dien-tap");
    await look(page, "drills");
  });
  await lead.leave();
});

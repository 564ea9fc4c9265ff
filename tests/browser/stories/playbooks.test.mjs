// Playbooks: a coordinator writes a version in the editor, which checks and simulates as she types;
// a leader brings it into force; a case that ran before is moved to it on purpose. And all of it
// without script too.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, person, PHONE } from "../lib/browser.mjs";
import { accountOf, fill, form, incidentCode, send, signIn } from "../lib/forms.mjs";
import { axe, fits, look } from "../lib/look.mjs";
import { demo, folder } from "../lib/server.mjs";
import { lettersTo, teller } from "../lib/story.mjs";

const UNIT = "xa-dien-lu";
const NAME = "phishing";

let place;
let browser;
let server;

before(async () => {
  place = folder("playbooks");
  browser = await openBrowser();
  server = await demo({ cwd: place.path });
});
after(async () => {
  await browser?.close();
  await server?.kill();
  place?.drop();
});

test("a version is written, tried, approved by a second person, and applied to a running case", async (t) => {
  const chapter = teller(t);
  const { accounts } = server;
  const enter = (options) => person(browser, server.url, options);
  const coordinator = accountOf(accounts, "coordinator", "so-ttt");
  const leader = accountOf(accounts, "leader", "so-ttt");

  const reporter = await enter({ viewport: PHONE });
  const code = await chapter("a case begins with the version in force", reporter.page, async () => {
    const { page } = reporter;
    await page.goto(`/bao-su-co/${UNIT}`);
    await fill(form(page, `/bao-su-co/${UNIT}`), {
      category: NAME,
      description: "Người dân nhận tin nhắn có trang giả mạo cổng dịch vụ công.",
      still_happening: "yes",
      services: "none",
      people: "group",
      name: "Trần Tuệ Thơm",
      phone: "000 912 0437",
      email: "thomtt@bathuoc.thanhhoa.example",
      secret: "no",
    });
    await send(form(page, `/bao-su-co/${UNIT}`));
    return incidentCode(page);
  });
  await reporter.leave();

  const desk = await enter();
  const version = await chapter("the editor checks and simulates while she types", desk.page, async () => {
    const { page } = desk;
    await signIn(page, coordinator);
    await page.goto("/quy-trinh");
    await look(page, "playbooks");
    await page.goto(`/quy-trinh/${NAME}`);
    assert.match(await page.locator("main").innerText(), new RegExp(code), "who uses it now");
    await axe(page);
    await page.getByRole("link", { name: "Soạn bản mới" }).click();
    await page.waitForURL(/quy-trinh\/soan/);
    const text = page.locator("#text");
    const written = await text.inputValue();
    const [, next] = written.match(/^version: (\d+)$/m);

    await text.fill(written.replace("within: 15m", "with in: 15m"));
    const problem = page.locator("[data-problems] li").first();
    await problem.waitFor();
    assert.match(await page.locator("[data-sum]").innerText(), /lỗi/);
    const line = written.split("\n").findIndex((one) => one.includes("within: 15m")) + 1;
    assert.match(await problem.innerText(), new RegExp(`Dòng ${line},`));
    await page.locator(`[data-lines] .bad`, { hasText: String(line) }).first().waitFor();
    await look(page, "playbook-problems");
    await problem.getByRole("link").click();
    const at = await text.evaluate((one) => one.value.slice(0, one.selectionStart).split("\n").length);
    assert.equal(at, line, "a click leads to the line");

    await text.fill(written.replaceAll("within: 15m", "within: 7m"));
    await page.locator(".editor__sum--good").waitFor();
    await page.locator("#gia-dinh summary").click();
    await fill(form(page, "/quy-trinh/soan"), { silent: "duty_officer", from: "2026-02-13T15:00" });
    const rows = page.locator("[data-rows] tbody");
    await rows.getByText("+7m").first().waitFor();
    assert.match(await rows.innerText(), /13\/02\/2026 15:07/);
    const seen = await page.locator("[data-picture]").evaluate((one) => [one.complete, one.naturalWidth]);
    assert.ok(seen[0] && seen[1] > 300, "the picture is drawn");
    await look(page, "playbook-editor");

    await fill(form(page, "/quy-trinh/soan"), { note: "Báo điều phối viên sau 7 phút theo chỉ đạo của lãnh đạo Sở" });
    await send(form(page, "/quy-trinh/soan"), "Trình duyệt");
    assert.match(page.url(), /\/ban\//);
    assert.equal(await page.getByRole("button", { name: "Duyệt, cho có hiệu lực" }).count(), 0);
    return { next, url: new URL(page.url()).pathname };
  });

  const boss = await enter({ viewport: PHONE });
  await chapter("a leader reads what changes and approves", boss.page, async () => {
    const { page } = boss;
    const [letter] = await lettersTo(server, leader.email, (one) => /kịch bản/.test(one.subject));
    assert.ok(letter.links.some((link) => JSON.stringify(link).includes(version.url)));
    await signIn(page, leader);
    await page.goto(version.url);
    assert.match(await page.locator(".diff--added").first().innerText(), /version|within/);
    await look(page, "playbook-version-phone");
    await page.setViewportSize({ width: 1440, height: 900 });
    await look(page, "playbook-version");
    await send(form(page, "/duyet"));
    assert.match(await page.locator("main").innerText(), new RegExp(`Bản ${version.next}`));
    await look(page, "playbook");
    await lettersTo(server, coordinator.email, (one) => /được duyệt/.test(one.subject));
  });
  await boss.leave();

  await chapter("the case stands where it stood, and is moved on purpose", desk.page, async () => {
    const { page } = desk;
    await page.goto(`/su-co/${code}`);
    await page.getByRole("link", { name: "Kịch bản đang ở đâu, chờ ai" }).click();
    await page.waitForURL(/quy-trinh$/);
    await look(page, "run");
    await page.setViewportSize(PHONE);
    await fits(page);
    await look(page, "run-phone");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole("link", { name: "Xem bản đang có hiệu lực sẽ thay đổi gì" }).click();
    await page.waitForURL(/ban-moi$/);
    await look(page, "run-version");
    const order = form(page, "/ban-moi");
    await fill(order, { reason: "Áp dụng theo chỉ đạo của lãnh đạo Sở" });
    await send(order);
    assert.match(page.url(), new RegExp(`/su-co/${code}/quy-trinh$`));
    assert.match(await page.locator("main").innerText(), new RegExp(`Bản ${version.next}`));
    await page.goto(`/su-co/${code}`);
    await page.getByText("Áp dụng theo chỉ đạo của lãnh đạo Sở").first().waitFor();
  });
  await desk.leave();
});

test("the editor and the pages work without script", async (t) => {
  const chapter = teller(t);
  const { accounts } = server;
  const desk = await person(browser, server.url, { script: false });
  await chapter("checked and simulated by the page's own buttons", desk.page, async () => {
    const { page } = desk;
    await signIn(page, accountOf(accounts, "coordinator", "so-ttt"));
    await page.goto("/quy-trinh/soan");
    const editor = form(page, "/quy-trinh/soan");
    const text = await page.locator("#text").inputValue();
    await fill(editor, { text: text.replace("notify:", "notifi:") });
    await send(editor, "Kiểm tra");
    assert.match(await page.locator("[data-problems]").innerText(), /Dòng \d+, cột \d+/);
    await fill(editor, { text });
    await page.locator("#gia-dinh summary").click();
    await fill(editor, { silent: ["duty_officer", "coordinator"], from: "2026-02-13T15:00" });
    await send(editor, "Mô phỏng lại");
    assert.match(await page.locator("[data-rows]").innerText(), /13\/02\/2026 15:30/);
    assert.ok(await page.locator("[data-picture][src^='data:image/svg+xml']").count());
  });
  await desk.leave();
});

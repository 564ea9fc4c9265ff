// Reporting with little: scripts switched off, and no mouse.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, person, PHONE } from "../lib/browser.mjs";
import { accountOf, fill, form, incidentCode, send, signIn } from "../lib/forms.mjs";
import { demo, folder } from "../lib/server.mjs";

const UNIT = "xa-dien-lu";
const OTHER_UNIT = "xa-lung-niem";
const ACTION = `/bao-su-co/${UNIT}`;
const REPORT = {
  category: "phishing",
  description: "Nhận thư giả mạo ngân hàng, đã bấm vào đường dẫn.",
  still_happening: "no",
  services: "none",
  people: "one",
  secret: "no",
};

let place;
let server;
let browser;
before(async () => {
  place = folder("plain");
  browser = await openBrowser();
  server = await demo({ cwd: place.path });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  place?.drop();
});

test("a report without scripts", async () => {
  const who = await person(browser, server.url, { viewport: PHONE, script: false });
  await who.page.goto(ACTION);
  await fill(form(who.page, ACTION), REPORT);
  await send(form(who.page, ACTION));
  const code = await incidentCode(who.page);
  await who.page.goto(await who.page.locator('a[href*="/theo-doi/"]').first().getAttribute("href"));
  assert.equal(await incidentCode(who.page), code);
  await who.leave();
});

test("a wrong report says what is wrong and keeps what was typed", async () => {
  const who = await person(browser, server.url, { viewport: PHONE, script: false });
  const { page } = who;
  await page.goto(ACTION);
  // Blanks pass the browser's own check of a compulsory field; the server has to see through them.
  await fill(form(page, ACTION), { ...REPORT, description: " ".repeat(40), name: "Trần Tuệ Thơm" });
  const answered = page.waitForResponse((r) => r.request().method() === "POST");
  await form(page, ACTION).locator('button:not([type="button"])').last().click();
  assert.equal((await answered).status(), 422);
  await page.waitForLoadState();
  assert.equal(await page.locator('[name="name"]').inputValue(), "Trần Tuệ Thơm");
  assert.ok(await page.locator('[name="category"][value="phishing"]').isChecked());
  assert.equal(await page.locator('[name="description"]').getAttribute("aria-invalid"), "true");
  await who.leave();
});

test("a report sent twice is one incident", async () => {
  const desk = await person(browser, server.url);
  await signIn(desk.page, accountOf(server.accounts, "duty_officer"));
  const known = async () => {
    await desk.page.goto(`/dieu-phoi?state=all&organisation=${OTHER_UNIT}`);
    return desk.page.locator("tbody tr").count();
  };
  const before = await known();

  const who = await person(browser, server.url, { viewport: PHONE, script: false });
  const { page } = who;
  await page.goto(`/bao-su-co/${OTHER_UNIT}`);
  const sheet = form(page, `/bao-su-co/${OTHER_UNIT}`);
  await fill(sheet, REPORT);
  const sent = page.waitForRequest((request) => request.method() === "POST");
  await sheet.locator('button:not([type="button"])').last().dblclick();
  const request = await sent;
  await page.waitForURL("**/theo-doi/**");
  const code = await incidentCode(page);

  // And as a line that breaks makes a browser do it: the very same words once more.
  const again = await who.context.request.post(request.url(), {
    data: request.postDataBuffer(),
    headers: { "content-type": await request.headerValue("content-type"), origin: server.url },
  });
  assert.equal(again.status(), 200);
  assert.match(again.url(), /\/theo-doi\//);
  assert.ok((await again.text()).includes(code), "the second sending is another incident");
  assert.equal(await known(), before + 1);
  await who.leave();
  await desk.leave();
});

test("a report by keyboard alone", async () => {
  const who = await person(browser, server.url);
  const { page } = who;
  await page.goto(ACTION);
  const wanted = { ...REPORT };
  for (let steps = 0; steps < 200; steps += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      const style = getComputedStyle(one);
      return {
        tag: one.tagName.toLowerCase(),
        name: one.getAttribute("name"),
        type: one.getAttribute("type") ?? "",
        form: one.closest("form")?.getAttribute("action") ?? "",
        seen: style.outlineStyle !== "none" || style.boxShadow !== "none",
      };
    });
    if (at.form !== ACTION) continue;
    if (at.tag === "button" && at.type !== "button") {
      const answered = page.waitForResponse((r) => r.request().isNavigationRequest() && r.ok());
      await page.keyboard.press("Enter");
      await answered;
      await page.waitForLoadState();
      await incidentCode(page);
      await who.leave();
      return;
    }
    const value = wanted[at.name];
    if (value === undefined) continue;
    if (at.tag === "textarea" || at.type === "text") await page.keyboard.insertText(value);
    else if (at.type === "radio") await chooseByArrow(page, at.name, value);
    else if (at.tag === "select") {
      await page.evaluate((v) => document.activeElement.querySelector(`[value="${v}"]`).text, value)
        .then((text) => page.keyboard.type(text));
    }
    delete wanted[at.name];
  }
  assert.fail("two hundred steps of the Tab key never reach the form's button");
});

/** Moves through a group of radio buttons as a person does, until the wanted one is chosen. */
async function chooseByArrow(page, name, value) {
  await page.keyboard.press("Space");
  for (let steps = 0; steps < 30; steps += 1) {
    const chosen = await page.evaluate((n) => document.querySelector(`[name="${n}"]:checked`)?.value, name);
    if (chosen === value) return;
    await page.keyboard.press("ArrowDown");
  }
  assert.fail(`${name}=${value} cannot be reached by the arrow keys`);
}

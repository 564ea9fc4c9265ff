// What comes after the first report: "is it one of these?", one's own reports, files that go up, are
// refused and come down again, and the same without scripts.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { openBrowser, person, PHONE } from "../lib/browser.mjs";
import { accountOf, fill, form, incidentCode, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { demo, folder } from "../lib/server.mjs";
import { teller } from "../lib/story.mjs";

const REPORT = {
  category: "malware",
  description: "Máy ở bộ phận một cửa hiện cửa sổ lạ liên tục, chạy rất chậm.",
  still_happening: "yes",
  services: "degraded",
  people: "group",
  secret: "no",
};
// The smallest PNG there is: one pixel.
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

let place;
let server;
let browser;
before(async () => {
  place = folder("reporter");
  browser = await openBrowser();
  server = await demo({ cwd: place.path });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  place?.drop();
});

for (const script of [true, false]) {
  test(`a second report ${script ? "on a phone" : "without scripts"}`, async (t) => {
    const chapter = teller(t);
    // Two organisations, so that the one story does not find the other's incident.
    const unit = script ? "xa-lung-niem" : "huyen-ba-thuoc";
    const action = `/bao-su-co/${unit}`;
    const who = await person(browser, server.url, { viewport: PHONE, script });
    const { page } = who;
    const first = await chapter("the first is taken", page, async () => {
      await page.goto(action);
      await fill(form(page, action), REPORT);
      await send(form(page, action));
      if (/same_as/.test(await page.content())) {
        await fill(form(page, action), { same_as: "none" });
        await send(form(page, action));
      }
      return incidentCode(page);
    });
    await chapter("the second is asked whether it is the same", page, async () => {
      await page.goto(action);
      await fill(form(page, action), { ...REPORT, description: "Máy bên cạnh cũng bị như vậy." });
      await send(form(page, action));
      const sheet = form(page, action);
      assert.ok((await sheet.locator(`[name="same_as"][value="${first}"]`).count()) === 1, "not asked");
      assert.ok(await sheet.locator('[name="same_as"][value="none"]').isChecked(), "the safe answer");
      if (script) await look(page, "report-similar-phone");
      await fill(sheet, { same_as: first });
      await send(sheet);
      assert.equal(await incidentCode(page), first, "another incident was made of it");
    });
    await who.leave();
  });
}

test("one's own reports", async (t) => {
  const chapter = teller(t);
  const who = await person(browser, server.url, { viewport: PHONE });
  const { page } = who;
  await signIn(page, accountOf(server.accounts, "reporter"));
  await chapter("none yet, and what to do", page, async () => {
    await page.goto("/bao-cao-cua-toi");
    await look(page, "my-reports-empty-phone");
    assert.equal(await page.locator("main tbody tr").count(), 0);
  });
  const code = await chapter("a report by account", page, async () => {
    await page.goto("/bao-su-co");
    await fill(form(page, "/bao-su-co"), REPORT);
    await send(form(page, "/bao-su-co"));
    if ((await page.locator('[name="same_as"]').count()) > 0) {
      await look(page, "report-similar-account-phone");
      await send(form(page, "/bao-su-co"));
    }
    return incidentCode(page);
  });
  await chapter("stands in the list and opens", page, async () => {
    await page.goto("/bao-cao-cua-toi");
    await look(page, "my-reports-phone");
    const line = page.getByRole("link", { name: code });
    await line.click();
    await page.waitForURL("**/bao-cao-cua-toi/*");
    assert.equal(await incidentCode(page), code);
    await look(page, "my-report-phone");
  });
  await who.leave();
});

test("evidence goes up, is refused by kind, and comes down as it was", async (t) => {
  const chapter = teller(t);
  const who = await person(browser, server.url);
  const { page } = who;
  await signIn(page, accountOf(server.accounts, "coordinator"));
  await page.goto("/dieu-phoi");
  const incident = await page.locator('main a[href^="/su-co/"]').first().getAttribute("href");
  const action = `${incident}/chung-cu`;
  const files = `main a[href^="/chung-cu/"]`;
  await page.goto(action);
  const there = await page.locator(files).count();

  await chapter("without a file nothing is added", page, async () => {
    const sheet = form(page, action);
    await sheet.evaluate((one) => one.setAttribute("novalidate", ""));
    await fill(sheet, { note: "Ảnh chụp màn hình lúc 8 giờ.", secret: true });
    const answered = page.waitForResponse((r) => r.request().method() === "POST");
    await sheet.locator('button:not([type="button"])').last().click();
    assert.equal((await answered).status(), 422);
    await page.waitForLoadState();
    assert.equal(await page.locator('[name="note"]').inputValue(), "Ảnh chụp màn hình lúc 8 giờ.");
    await look(page, "evidence-refused-wide");
  });
  await chapter("a picture is kept, with its sum", page, async () => {
    await page.goto(action);
    const picture = { name: "màn hình <b>.png", mimeType: "image/png", buffer: PICTURE };
    await fill(form(page, action), { note: "Ảnh chụp màn hình.", secret: true, files: picture });
    await send(form(page, action));
    assert.equal(await page.locator(files).count(), there + 1);
    const sum = createHash("sha256").update(PICTURE).digest("hex");
    assert.ok((await page.locator("main").innerText()).includes(sum), "its SHA-256 is not shown");
    await look(page, "evidence-kept-wide");
  });
  await chapter("and handed out as an attachment, the same bytes", page, async () => {
    const link = page.locator(files).filter({ hasText: "màn hình" }).last();
    const began = page.waitForEvent("download");
    await link.click();
    const download = await began;
    assert.match(download.suggestedFilename(), /\.png$/);
    assert.deepEqual(readFileSync(await download.path()), PICTURE);
    const answer = await who.context.request.get(await link.getAttribute("href"));
    assert.match(answer.headers()["content-disposition"], /^attachment/);
    assert.equal(answer.headers()["x-content-type-options"], "nosniff");
  });
  await chapter("and the log says who took it", page, async () => {
    await page.goto(action);
    for (const log of await page.locator("main details").all()) {
      await log.evaluate((one) => (one.open = true));
    }
    await look(page, "evidence-custody-wide");
  });
  await who.leave();
});

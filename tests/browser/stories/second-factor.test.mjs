// The second factor, as a person sets it up with an app and signs in with it; without scripts too.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { DESK, openBrowser, person, PHONE } from "../lib/browser.mjs";
import { accountOf, fill, form, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { demo, folder } from "../lib/server.mjs";
import { teller } from "../lib/story.mjs";

let place;
let server;
let browser;
before(async () => {
  place = folder("second-factor");
  browser = await openBrowser();
  server = await demo({ cwd: place.path });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  place?.drop();
});

/** What an app shows for a secret at this step of thirty seconds (RFC 6238, SHA-1, six digits). */
function code(secret, step = Math.floor(Date.now() / 30_000)) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(/[\s=]/g, "")].map((one) => letters.indexOf(one).toString(2).padStart(5, "0"));
  const key = Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const moment = Buffer.alloc(8);
  moment.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", key).update(moment).digest();
  const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

for (const [role, viewport, script] of [
  ["coordinator", DESK, true],
  ["auditor", PHONE, false],
]) {
  test(`a second factor of the ${role}`, async (t) => {
    const chapter = teller(t);
    const account = accountOf(server.accounts, role);
    const who = await person(browser, server.url, { viewport, script });
    const { page } = who;
    await signIn(page, account);
    const [secret, codes] = await chapter("an app is set up", page, async () => {
      await page.goto("/toi/xac-thuc");
      await send(form(page, "/toi/xac-thuc"));
      if (script) await look(page, "second-factor");
      const secret = await page.locator("main p code").first().innerText();
      await fill(page, { code: "000000" });
      await form(page, "/toi/xac-thuc/xac-nhan").locator("button").click();
      await page.waitForLoadState();
      assert.equal(await page.locator('[name="code"][aria-invalid="true"]').count(), 1, "a wrong code is said");
      await fill(page, { code: code(secret) });
      await send(form(page, "/toi/xac-thuc/xac-nhan"));
      const codes = await page.locator("main li code").allInnerTexts();
      assert.ok(codes.length >= 8, `recovery codes: ${codes}`);
      if (script) await look(page, "second-factor-codes");
      return [secret, codes];
    });
    await who.leave();
    const again = await person(browser, server.url, { viewport, script });
    await chapter("the password alone opens nothing", again.page, async () => {
      await again.page.goto("/dang-nhap");
      await fill(again.page, { email: account.email, password: account.password });
      await send(form(again.page, "/dang-nhap"));
      assert.equal(await again.page.locator('form[action="/dang-nhap/ma"]').count(), 1);
      if (script) await look(again.page, "sign-in-code");
      await again.page.goto("/toi");
      assert.match(again.page.url(), /dang-nhap/, "nobody is signed in yet");
    });
    await chapter("a recovery code opens once", again.page, async () => {
      for (const opens of [true, false]) {
        await again.context.clearCookies();
        await again.page.goto("/dang-nhap");
        await fill(again.page, { email: account.email, password: account.password });
        await send(form(again.page, "/dang-nhap"));
        await fill(again.page, { code: codes[0] });
        await again.page.locator('form[action="/dang-nhap/ma"] button').click();
        await again.page.waitForLoadState();
        await again.page.goto("/toi");
        assert.equal(/dang-nhap/.test(again.page.url()), !opens);
      }
    });
    await chapter("the app's next code opens", again.page, async () => {
      await again.page.goto("/dang-nhap");
      await fill(again.page, { email: account.email, password: account.password });
      await send(form(again.page, "/dang-nhap"));
      // The step of the set-up is used up; clocks may be one step apart.
      await fill(again.page, { code: code(secret, Math.floor(Date.now() / 30_000) + 1) });
      await send(form(again.page, "/dang-nhap/ma"));
      await again.page.goto("/toi");
      assert.doesNotMatch(again.page.url(), /dang-nhap/);
    });
    await again.leave();
  });
}

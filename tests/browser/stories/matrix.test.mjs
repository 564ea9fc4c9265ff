// A responder links their Matrix account: the line that the page shows, said to the bot alone, a yes on
// the page, a command that is obeyed, an end from the page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, person, PHONE } from "../lib/browser.mjs";
import { installation, report } from "../lib/cases.mjs";
import { form, send, signIn } from "../lib/forms.mjs";
import { startHomeserver } from "../lib/homeserver.mjs";
import { look } from "../lib/look.mjs";
import { folder } from "../lib/server.mjs";
import { teller } from "../lib/story.mjs";

const ACCOUNT = { email: "truc@so-ttt.example", password: "con trâu gặm cỏ sau đình" };
const PAGE = "/toi/bao-tin";

let place;
let home;
let browser;
let server;
before(async () => {
  place = folder("matrix");
  home = await startHomeserver();
  browser = await openBrowser();
  server = await installation(browser, place.path, {
    role: "duty_officer",
    name: "Trần Tuệ Trực",
    ...ACCOUNT,
    env: { DIEUPHOI_MATRIX__HOMESERVER: home.url, DIEUPHOI_MATRIX__TOKEN: home.token },
  });
});
after(async () => {
  await browser?.close();
  await server?.kill();
  await home?.stop();
  place?.drop();
});

test("a Matrix account is linked from a phone, obeyed, and let go", async (t) => {
  const chapter = teller(t);
  const who = await person(browser, server.url, { viewport: PHONE });
  const { page } = who;
  await signIn(page, ACCOUNT);
  const chat = await home.opens("truc");

  await chapter("the page shows the line and opens the conversation", page, async () => {
    await page.goto(PAGE);
    await send(form(page, `${PAGE}/ma`));
    const link = await page.locator('main a[href^="https://matrix.to/"]').getAttribute("href");
    assert.equal(decodeURIComponent(link), `https://matrix.to/#/${home.bot}`);
    await look(page, "telling-code-matrix");
    const line = (await page.locator("main code").first().innerText()).trim();
    assert.match(line, /^!start \S{16,}$/, "at least 128 bits");
    home.says(chat, line);
    await home.sentTo(chat, "quay lại trang web");
    await page.locator(`form[action="${PAGE}/xac-nhan"]`).waitFor();
    assert.match(await page.locator("#cho").innerText(), /@truc:tinh\.example/, "who it is, by the homeserver's word");
  });
  await chapter("a yes links, and what is said there is obeyed", page, async () => {
    await send(form(page, `${PAGE}/xac-nhan`));
    assert.match(await page.locator("#lien-ket").innerText(), /@truc:tinh\.example/);
    await look(page, "telling-linked-matrix");
    await home.sentTo(chat, "Đã liên kết");
    const reporter = await person(browser, server.url, { viewport: PHONE });
    const code = await report(reporter.page, { unit: "so-ttt", category: "phishing" });
    await reporter.leave();
    await home.sentTo(chat, code);
    home.says(chat, `!nhan ${code}`);
    await page.goto(`/su-co/${code}`);
    for (const end = Date.now() + 60_000; ; await page.reload()) {
      if (/Trần Tuệ Trực[^\n]*tiếp nhận/i.test(await page.locator("main").innerText())) break;
      assert.ok(Date.now() < end, await page.locator("main").innerText());
      await new Promise((next) => setTimeout(next, 300));
    }
  });
  await chapter("the page ends it, and the chat hears of it", page, async () => {
    await page.goto(PAGE);
    await send(page.locator('form[action$="/go"]'));
    assert.doesNotMatch(await page.locator("#lien-ket").innerText(), /@truc/);
    await home.sentTo(chat, "Liên kết đã kết thúc");
  });
  await who.leave();
});

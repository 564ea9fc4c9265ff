// A duty officer links a phone's Telegram: the code on the page, Start in the chat, a yes in the same
// browser, unlinking from the chat; and without scripts, where a stranger is refused.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startBotApi } from "../lib/bot-api.mjs";
import { DESK, openBrowser, person, PHONE } from "../lib/browser.mjs";
import { installation } from "../lib/cases.mjs";
import { fill, form, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { folder } from "../lib/server.mjs";
import { teller } from "../lib/story.mjs";

const ACCOUNT = { email: "truc@so-ttt.example", password: "con trâu gặm cỏ sau đình" };
const PAGE = "/toi/bao-tin";

let place;
let bot;
let browser;
let server;

before(async () => {
  place = folder("linking");
  bot = await startBotApi();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.kill();
  await bot?.stop();
  place?.drop();
});

async function enter(options) {
  const who = await person(browser, server.url, options);
  await signIn(who.page, ACCOUNT);
  await who.page.goto(PAGE);
  return who;
}

/** Draws a code; answers it. */
async function draw(page) {
  await send(form(page, `${PAGE}/ma`));
  const typed = await page.locator("main code").first().innerText();
  return typed.replace("/start ", "").trim();
}

test("a phone's Telegram is linked by its owner alone", async (t) => {
  const chapter = teller(t);
  await chapter("an installation with a bot and a duty officer", null, async () => {
    server = await installation(browser, place.path, {
      role: "duty_officer",
      name: "Trần Tuệ Trực",
      ...ACCOUNT,
      env: { DIEUPHOI_TELEGRAM__TOKEN: bot.token, DIEUPHOI_TELEGRAM__API_URL: bot.url },
    });
  });

  const desk = await enter({ viewport: DESK });
  const { page } = desk;
  await chapter("the page draws a code for one use", page, async () => {
    await look(page, "telling-none");
    const code = await draw(page);
    const link = await page.locator('main a[href^="https://t.me/"]').getAttribute("href");
    assert.equal(link, `https://t.me/${bot.username}?start=${code}`);
    await look(page, "telling-code");
    bot.says({ id: 4712, name: "Tuệ Trực <b>", text: `/start ${code}` });
    await bot.sentTo(4712, "quay lại trang web");
    // The page lives: nobody reloads it.
    await page.locator(`form[action="${PAGE}/xac-nhan"]`).waitFor();
    assert.match(await page.locator("#cho").innerText(), /Tuệ Trực <b>[\s\S]*4712/);
    await look(page, "telling-arrived");
  });
  await chapter("a yes links, and the chat hears of it", page, async () => {
    await send(form(page, `${PAGE}/xac-nhan`));
    assert.match(await page.locator("#lien-ket").innerText(), /4712/);
    await look(page, "telling-linked");
    await bot.sentTo(4712, "Đã liên kết");
  });
  await chapter("quiet hours are kept, bad ones come back", page, async () => {
    await fill(page, { from: "22:00", to: "22:00" });
    await form(page, `${PAGE}/gio-yen-lang`).locator("button").click();
    await page.waitForLoadState();
    assert.equal(await page.locator('[name="to"][aria-invalid="true"]').count(), 1);
    await fill(page, { from: "22:00", to: "06:00" });
    await send(form(page, `${PAGE}/gio-yen-lang`));
    assert.equal(await page.locator('[name="to"]').inputValue(), "06:00");
  });

  const phone = await enter({ viewport: PHONE, script: false });
  await chapter("without scripts a stranger who took the code is refused", phone.page, async () => {
    const code = await draw(phone.page);
    bot.says({ id: 4799, name: "Người Lạ", text: `/start ${code}` });
    await bot.sentTo(4799, "quay lại trang web");
    await phone.page.locator(`main a[href="${PAGE}#cho"]`).click();
    await phone.page.waitForLoadState();
    assert.match(await phone.page.locator("#cho").innerText(), /Người Lạ/);
    await send(form(phone.page, `${PAGE}/tu-choi`));
    assert.equal(await phone.page.locator(`form[action="${PAGE}/xac-nhan"]`).count(), 0);
    assert.doesNotMatch(await phone.page.locator("#lien-ket").innerText(), /4799/);
  });
  await phone.leave();

  await chapter("the chat unlinks itself", page, async () => {
    bot.says({ id: 4712, name: "Tuệ Trực", text: "/huylienket" });
    await bot.sentTo(4712, "Liên kết đã kết thúc");
    await page.goto(PAGE);
    assert.doesNotMatch(await page.locator("#lien-ket").innerText(), /4712/);
  });
  await desk.leave();
  await server.stop();
});

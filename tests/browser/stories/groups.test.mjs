// The team's groups as a coordinator sees them: added by a word in the group, crippled when an
// administrator takes a right from the bot, mended, put away. With script and without.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startBotApi } from "../lib/bot-api.mjs";
import { DESK, openBrowser, person, PHONE } from "../lib/browser.mjs";
import { installation, report } from "../lib/cases.mjs";
import { form, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { folder } from "../lib/server.mjs";
import { teller } from "../lib/story.mjs";

const ACCOUNT = { email: "dieuphoi@so-ttt.example", password: "con trâu gặm cỏ sau đình" };
const PAGE = "/quan-tri/nhom-chat";
const GROUP = -1001777;
const OTHER = -1001888;
const LAN = { id: 4712, name: "Tuệ Lan" };

let place;
let bot;
let browser;
let server;
before(async () => {
  place = folder("groups");
  bot = await startBotApi();
  browser = await openBrowser();
  server = await installation(browser, place.path, {
    role: "coordinator",
    name: "Trần Tuệ Lan",
    ...ACCOUNT,
    env: {
      DIEUPHOI_TELEGRAM__TOKEN: bot.token,
      DIEUPHOI_TELEGRAM__API_URL: bot.url,
      // The second factor has a story of its own.
      DIEUPHOI_ACCOUNTS__TOTP_REQUIRED_ROLES: "",
    },
  });
});
after(async () => {
  await browser?.close();
  await server?.kill();
  await bot?.stop();
  place?.drop();
});

/** Asks for the page until it says so; the bot's intake tells nobody when it is done. */
async function until(page, words, limit = 60_000) {
  for (const end = Date.now() + limit; ; ) {
    await page.goto(PAGE);
    const said = await page.locator("main").innerText();
    if (words.test(said)) return said;
    assert.ok(Date.now() < end, `${words} never stood in:\n${said}`);
    await new Promise((next) => setTimeout(next, 300));
  }
}

async function enter(options) {
  const who = await person(browser, server.url, options);
  await signIn(who.page, ACCOUNT);
  return who;
}

const row = (page, title) => page.locator(".things > li", { hasText: title });

test("the team's groups", async (t) => {
  const chapter = teller(t);
  const desk = await enter({ viewport: DESK });
  const { page } = desk;

  await chapter("nobody has a group yet", page, async () => {
    await page.goto(PAGE);
    await page.getByText("Chưa có nhóm nào").waitFor();
    await look(page, "groups-none");
  });
  await chapter("her phone is linked", page, async () => {
    await page.goto("/toi/bao-tin");
    await send(form(page, "/toi/bao-tin/ma"));
    const code = (await page.locator("main code").first().innerText()).replace("/start ", "").trim();
    bot.says({ ...LAN, text: `/start ${code}` });
    await page.locator('form[action="/toi/bao-tin/xac-nhan"]').waitFor();
    await send(form(page, "/toi/bao-tin/xac-nhan"));
  });
  await chapter("a word in the group adds it", page, async () => {
    bot.group({ id: GROUP, title: "Đội ứng cứu <b>tỉnh</b>" });
    bot.group({ id: OTHER, title: "Nhóm dự phòng", forum: false });
    bot.says({ ...LAN, text: "/nhom", group: GROUP });
    bot.says({ ...LAN, text: "/nhom", group: OTHER });
    await until(page, /Nhóm dự phòng/);
    const said = await until(page, /Đội ứng cứu <b>tỉnh<\/b>/);
    assert.match(said, /Mỗi vụ một chủ đề/);
    assert.match(said, /Không có chủ đề: thẻ được ghim/);
    assert.match(said, /Trần Tuệ Lan/);
    await look(page, "groups");
  });
  await chapter("a right that is taken is told with what to do", page, async () => {
    bot.group({ id: GROUP, title: "Đội ứng cứu <b>tỉnh</b>", taken: ["can_manage_topics"] });
    const reporter = await person(browser, server.url, { viewport: PHONE });
    const code = await report(reporter.page, { unit: "so-ttt", category: "phishing" });
    await reporter.leave();
    await page.goto(`/su-co/${code}`);
    const triage = page.locator("details.confirm", { has: form(page, `/su-co/${code}/phan-loai`) });
    if ((await triage.getAttribute("open")) === null) await triage.locator("summary").first().click();
    await send(form(page, `/su-co/${code}/phan-loai`));
    const said = await until(page, /Có vướng mắc/);
    assert.match(said, /bật “Quản lý chủ đề”/);
    assert.match(said, /not enough rights/, "what the room itself said");
    await look(page, "groups-trouble");
    await page.setViewportSize(PHONE);
    await look(page, "groups-trouble-phone");
    await page.setViewportSize(DESK);
  });
  await chapter("the right is given back, tried again, and it goes", page, async () => {
    bot.group({ id: GROUP, title: "Đội ứng cứu <b>tỉnh</b>" });
    await page.goto(PAGE);
    await send(row(page, "Đội ứng cứu").locator('form[action$="/thu-lai"]'));
    for (const end = Date.now() + 60_000; ; ) {
      await page.goto(PAGE);
      if (/Hoạt động/.test(await row(page, "Đội ứng cứu").innerText())) break;
      assert.ok(Date.now() < end, "the group stays in trouble");
      await new Promise((next) => setTimeout(next, 300));
    }
  });

  await chapter("a case gets its place by a button, and the way there stands on its page", page, async () => {
    const reporter = await person(browser, server.url, { viewport: PHONE });
    const code = await report(reporter.page, { unit: "so-ttt", category: "malware" });
    await reporter.leave();
    await page.goto(`/su-co/${code}`);
    const open = page.locator("details.confirm", { has: form(page, `/su-co/${code}/phong`) });
    await open.locator("summary").first().click();
    await send(form(page, `/su-co/${code}/phong`));
    for (const end = Date.now() + 60_000; ; await page.reload()) {
      const ways = page.locator("#phong a");
      if ((await ways.count()) > 0) {
        assert.match(await ways.first().getAttribute("href"), /^https:\/\/t\.me\/c\/\d+\/\d+/);
        break;
      }
      assert.ok(Date.now() < end, await page.locator("main").innerText());
      await new Promise((next) => setTimeout(next, 300));
    }
    assert.match(await page.locator("#phong").innerText(), /Đội ứng cứu <b>tỉnh<\/b>/);
    await look(page, "incident-room");
  });

  const phone = await enter({ viewport: PHONE, script: false });
  await chapter("without script another group is put away, after being asked", phone.page, async () => {
    await phone.page.goto(PAGE);
    const one = row(phone.page, "Nhóm dự phòng");
    await one.locator("summary").click();
    await send(one.locator('form[action$="/bo"]'));
    await phone.page.getByText("Đã bỏ nhóm.").waitFor();
    assert.equal(await one.locator('form[action$="/bo"]').count(), 0, "a group put away offers nothing");
  });
  await phone.leave();
  await desk.leave();
});

// The working calendar as an administrator keeps it: a file with a broken row is told by line and
// column and stays in its field; and whoever left the browser open is asked for the password again,
// with the file going along. With script and without.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESK, openBrowser, person, PHONE } from "../lib/browser.mjs";
import { installation } from "../lib/cases.mjs";
import { fill, form, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { refused } from "../lib/refused.mjs";
import { folder } from "../lib/server.mjs";
import { teller } from "../lib/story.mjs";

const ACCOUNT = { email: "quantri@so-ttt.example", password: "con trâu gặm cỏ sau đình" };
const PAGE = "/quan-tri/lich-lam-viec";

let place;
let server;
let browser;
before(async () => {
  place = folder("calendar");
  browser = await openBrowser();
  // The demonstration has its own settings; here a proof ages in a minute.
  server = await installation(browser, place.path, {
    role: "admin",
    name: "Khương Tuệ Thoại",
    ...ACCOUNT,
    env: { DIEUPHOI_SECURITY__PROOF_MINUTES: "1", DIEUPHOI_ACCOUNTS__TOTP_REQUIRED_ROLES: "" },
  });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  place?.drop();
});

/** A calendar of two days off; the last line is the second of them. */
function file(year, second = `${year}-09-02`) {
  return [
    "calendar: thanh-hoa",
    `title: Lịch nghỉ năm ${year}`,
    'utc_offset: "+07:00"',
    "weekend: [saturday, sunday]",
    `years: [${year}]`,
    "off:",
    `  - {from: "${year}-01-01", title: Tết Dương lịch}`,
    `  - {from: "${second}", title: Quốc khánh}`,
    "",
  ].join("\n");
}

/** Asks with an empty file, which changes nothing, until the password of the sign-in has aged. */
async function untilAsked(page) {
  const csrf = await form(page, PAGE).locator('[name="csrf"]').inputValue();
  for (const until = Date.now() + 150_000; Date.now() < until; ) {
    const answer = await page.context().request.post(PAGE, {
      form: { csrf, text: "", nam: "2030" },
      headers: { origin: server.url },
    });
    if (answer.status() === 403) return answer.text();
    assert.equal(answer.status(), 422, "an empty file is no calendar");
    await new Promise((next) => setTimeout(next, 500)); // asks again; nobody tells of a clock
  }
  throw new Error("the password of the sign-in never ages");
}

for (const [year, script, viewport] of [
  [2031, true, DESK],
  [2032, false, PHONE],
]) {
  test(`a calendar is imported${script ? "" : " without script"}`, async (t) => {
    const chapter = teller(t);
    const who = await person(browser, server.url, { viewport, script });
    const { page } = who;
    const broken = file(year, `${year}-13-41`);

    await chapter("a broken row is told by line and column, the file stays", page, async () => {
      await signIn(page, ACCOUNT);
      await page.goto(`${PAGE}?nam=${year}`);
      await page.getByText("Chưa có lịch của năm này").waitFor();
      const sheet = form(page, PAGE);
      await fill(sheet, { text: broken });
      await refused(sheet, { text: broken });
      assert.match(await page.locator(".notice--bad").innerText(), /Dòng 8, cột \d+/);
      assert.match(await page.locator("h1").innerText(), new RegExp(String(year)), "the year is lost");
      if (script) await look(page, "calendar-refused");
    });

    await chapter("the password is asked for again, wrong ones are said", page, async () => {
      await untilAsked(page);
      const good = file(year);
      const sheet = form(page, PAGE);
      await fill(sheet, { text: good });
      await refused(sheet, {}, { status: 403 });
      assert.equal(await page.locator("h1").count(), 1);
      if (script) await look(page, "password-again");
      await fill(page, { proof_password: "không phải mật khẩu này" });
      await refused(form(page, PAGE), { proof_password: "" });
      assert.equal(await page.locator('[name="proof_password"][aria-invalid="true"]').count(), 1);
      if (script) await look(page, "password-again-refused");
    });

    await chapter("the right one goes on with the file", page, async () => {
      await fill(page, { proof_password: ACCOUNT.password });
      await send(form(page, PAGE));
      assert.match(await page.locator("main").innerText(), /Quốc khánh/);
      assert.equal(new URL(page.url()).searchParams.get("nam"), String(year));
      if (script) await look(page, "calendar-imported");
    });
    await who.leave();
  });
}

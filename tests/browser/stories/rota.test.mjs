// The duty rota as those at the desk use it: who is on duty, the gap ahead and its filling, an
// exchange that both sides confirm, the hand-over, the calendar for a telephone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, person, DESK, PHONE } from "../lib/browser.mjs";
import { accountOf, fill, form, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { demo, folder } from "../lib/server.mjs";
import { lettersTo, teller } from "../lib/story.mjs";

let browser;
let place;
let server;

before(async () => {
  place = folder("rota");
  browser = await openBrowser();
  server = await demo({ cwd: place.path });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  place?.drop();
});

/** On a phone and at a desk. */
async function both(page, name) {
  for (const [size, viewport] of Object.entries({ phone: PHONE, wide: DESK })) {
    await page.setViewportSize(viewport);
    await look(page, `${name}-${size}`);
  }
}

test("the duty rota", async (t) => {
  const chapter = teller(t);
  const officers = server.accounts.filter((one) => one.role === "duty_officer");
  assert.equal(officers.length, 3);
  const [first, second] = officers;

  const desk = await person(browser, server.url);
  const { page } = desk;
  await signIn(page, accountOf(server.accounts, "coordinator"));

  await chapter("the queue says who is on duty", page, async () => {
    await page.goto("/dieu-phoi");
    await page.locator(".on-duty").getByText("Đang trực").waitFor();
    await look(page, "queue-on-duty");
  });

  await chapter("the rota shows the weeks and a gap ahead", page, async () => {
    await page.goto("/truc-ban");
    await page.locator(".rota__now").waitFor();
    assert.equal(await page.locator(".notice--warn li").count(), 1, "one gap is announced");
    assert.ok((await page.locator(".duty--gap").count()) >= 1, "and stands in the calendar");
    await both(page, "rota");
    await page.getByRole("link", { name: "Các tuần sau" }).click();
    await page.waitForURL("**/truc-ban?tu=*");
    assert.equal(await page.locator(".rota__day").count(), 35);
  });

  await chapter("a coordinator fills the gap", page, async () => {
    await page.goto("/truc-ban");
    const row = page.locator("tr.row--overdue").first();
    await row.getByRole("link", { name: /Thay người/ }).click();
    await page.waitForURL("**/thay?*");
    const sheet = page.locator('form[action$="/thay"]');
    await fill(sheet, { person: accountOf(server.accounts, "coordinator").email, reason: "Trực thay ngày nghỉ" });
    await both(page, "rota-override");
    await send(sheet);
    assert.equal(await page.locator(".duty--gap").count(), 0, "the gap is filled");
    assert.equal(await page.locator(".notice--warn").count(), 0);
  });

  await chapter("the rota's own form refuses what overlaps and keeps what was typed", page, async () => {
    await page.goto("/truc-ban");
    await page.getByRole("link", { name: "Sửa lịch" }).click();
    await page.waitForURL("**/sua");
    await both(page, "rota-edit");
    const sheet = page.locator('form[action$="/vong"]');
    await sheet.locator('select[name="people"]').nth(1).selectOption(second.email);
    await fill(sheet, { kind: "daily", handover: "08:00" });
    const answered = page.waitForResponse((r) => r.request().method() === "POST");
    await sheet.locator("button").last().click();
    assert.equal((await answered).status(), 422);
    await page.waitForLoadState();
    assert.equal(await page.locator('[name="handover"]').inputValue(), "08:00");
    assert.ok(await page.locator(".summary").isVisible());
    await look(page, "rota-edit-refused");
  });

  const one = await person(browser, server.url, { viewport: PHONE });
  await chapter("an officer asks another for an exchange", one.page, async () => {
    await signIn(one.page, first);
    await one.page.goto("/truc-ban");
    await one.page.getByRole("link", { name: "Đổi ca" }).first().click();
    await one.page.waitForURL("**/doi");
    const sheet = one.page.locator('form[action$="/doi"]');
    await sheet.locator('[name="with"]').selectOption(`${second.email}|`);
    await fill(sheet, { note: "Tuần đó tôi đi tập huấn" });
    await both(one.page, "rota-swap");
    await send(sheet);
    await lettersTo(server, second.email, (mail) => mail.subject.includes("xin đổi ca"));
  });

  const other = await person(browser, server.url, { viewport: PHONE });
  await chapter("the other accepts, the first confirms", other.page, async () => {
    await signIn(other.page, second);
    await other.page.goto("/truc-ban");
    await look(other.page, "rota-swap-asked-phone");
    await other.page.getByRole("button", { name: "Đồng ý", exact: true }).click();
    await other.page.getByText("Bạn đã nhận lời").waitFor();
    await lettersTo(server, first.email, (mail) => mail.subject.includes("nhận lời"));
    await one.page.goto("/truc-ban");
    await one.page.getByRole("button", { name: "Xác nhận đổi ca" }).click();
    await one.page.getByText("Đã đổi ca.").waitFor();
    assert.ok((await one.page.getByText(/Đổi ca với/).count()) >= 1, "the rota shows the exchange");
  });

  await chapter("the officer on duty hands over", one.page, async () => {
    await one.page.goto("/truc-ban");
    await one.page.getByRole("link", { name: "Bàn giao ca", exact: true }).click();
    await one.page.waitForURL("**/ban-giao");
    assert.ok((await one.page.locator("tbody tr").count()) > 0, "open cases are listed");
    const sheet = one.page.locator('form[action$="/ban-giao"]');
    await fill(sheet, { note: "Xã Điền Lư hẹn gọi lại lúc 9 giờ." });
    await both(one.page, "rota-handover-write");
    await send(sheet);
    assert.match(one.page.url(), /\/truc-ban\/ban-giao\//);
    await both(one.page, "rota-handover");
    const next = (await one.page.locator("dl.facts dd").allInnerTexts()).join("\n");
    assert.ok(next.includes("Chưa nhận"), next);
  });

  await chapter("the incoming officer takes it", other.page, async () => {
    const letters = await lettersTo(server, second.email, (mail) => mail.subject.includes("Bàn giao"));
    const link = letters.flatMap((mail) => mail.links).find((one) => one.includes("/truc-ban/ban-giao/"));
    await other.page.goto(link);
    await send(other.page.locator('form[action$="/nhan"]'));
    await other.page.getByText("Bạn đã nhận ca.").waitFor();
    await page.goto("/truc-ban");
    await page.getByRole("link", { name: "Sổ bàn giao" }).click();
    await page.waitForURL("**/so-ban-giao");
    assert.equal(await page.locator("tbody tr").count(), 3);
    await both(page, "rota-handover-book");
  });

  await chapter("a calendar for the telephone, until it is revoked", one.page, async () => {
    await one.page.goto("/truc-ban/lich-rieng");
    await send(one.page.locator('form[action="/truc-ban/lich-rieng"]'));
    await both(one.page, "rota-feeds");
    const url = await one.page.locator(".copyable code").innerText();
    const calendar = await fetch(url);
    assert.equal(calendar.status, 200);
    assert.match(calendar.headers.get("content-type"), /^text\/calendar/);
    assert.match(await calendar.text(), /^BEGIN:VCALENDAR\r\n[\s\S]*BEGIN:VEVENT[\s\S]*END:VCALENDAR\r\n$/);
    await send(one.page.locator('form[action$="/thu-hoi"]'));
    assert.equal((await fetch(url)).status, 410);
  });

  for (const who of [desk, one, other]) await who.leave();
});

// Every page of the demo province, as those who may see it see it: accessible, not too wide, with a
// picture. Phone and desk; the main ones in the dark and in English too.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESK, openBrowser, person, PHONE } from "../lib/browser.mjs";
import { accountOf, signIn } from "../lib/forms.mjs";
import { axe, fits, look, shot } from "../lib/look.mjs";
import { demo, folder } from "../lib/server.mjs";

/** Role, path (a function finds it on a page), name of the picture. */
const PAGES = [
  [null, "/", "home"],
  [null, "/bao-su-co/xa-dien-lu", "report"],
  [null, "/dang-nhap", "sign-in"],
  [null, "/quen-mat-khau", "forgot-password"],
  [null, "/theo-doi", "tracking-find"],
  [null, "/demo/mailbox", "mailbox"],
  [null, phoneOf, "mailbox-telegram"],
  [null, "/khong-co-trang-nay", "not-found"],
  ["reporter", "/bao-su-co", "report-account"],
  ["reporter", "/", "home-reporter"],
  ["reporter", "/toi", "me"],
  ["reporter", "/doi-mat-khau", "password"],
  ["reporter", "/bao-cao-cua-toi", "my-reports-empty"],
  ["reporter", "/toi/xac-thuc", "second-factor"],
  ["duty_officer", "/toi/bao-tin", "telling"],
  ["duty_officer", "/toi/bao-tin/trinh-duyet", "browsers-unset"],
  ["duty_officer", "/truc-ban", "rota-officer"],
  ["duty_officer", "/dieu-phoi", "queue"],
  ["duty_officer", "/bao-su-co", "report-register"],
  ["coordinator", "/dieu-phoi?q=ma+hoa", "search"],
  ["coordinator", "/dieu-phoi?q=khongcochuyennay", "search-empty"],
  ["coordinator", "/dieu-phoi?state=closed", "queue-closed"],
  ["coordinator", (page) => firstLink(page, "/dieu-phoi", "/su-co/"), "incident-first"],
  ["coordinator", async (page) => `${await firstLink(page, "/dieu-phoi", "/su-co/")}/tin-nhan`, "messages"],
  ["coordinator", async (page) => `${await firstLink(page, "/dieu-phoi", "/su-co/")}/chung-cu`, "evidence"],
  ["coordinator", async (page) => `${await firstLink(page, "/dieu-phoi", "/su-co/")}/phieu-moi`, "dispatch-new"],
  ["coordinator", async (page) => `${await firstLink(page, "/dieu-phoi", "/su-co/")}/quy-trinh`, "run-first"],
  ["coordinator", "/truc-ban/moi", "rota-new"],
  ["coordinator", "/thoi-han", "duties"],
  ["coordinator", "/quy-trinh", "library"],
  ["coordinator", "/quy-trinh/ransomware", "library-playbook"],
  ["coordinator", "/quy-trinh/soan?tu=ransomware", "library-editor"],
  ["coordinator", "/dien-tap", "drills-coordinator"],
  ["coordinator", "/quan-tri/nhom-chat", "groups-empty"],
  ["coordinator", "/phieu", "dispatches"],
  ["coordinator", async (page) => `${await firstLink(page, "/phieu", "/phieu/")}/in`, "dispatch-paper"],
  ["responder", "/dieu-phoi", "queue-responder"],
  ["leader", "/dieu-phoi", "queue-leader"],
  ["liaison", "/phieu", "dispatches-provider"],
  ["liaison", (page) => firstLink(page, "/phieu", "/phieu/"), "dispatch-provider"],
  ["police_liaison", (page) => firstLink(page, "/phieu", "/phieu/"), "dispatch-police"],
  ["unit_head", "/dieu-phoi", "queue-unit"],
  ["unit_head", "/quan-tri/lien-ket", "link"],
  ["it_officer", "/dieu-phoi", "queue-officer"],
  ["auditor", "/nhat-ky", "audit"],
  ["leader", "/dien-tap/moi", "drill-begin"],
  ["admin", "/quan-tri/lich-lam-viec", "calendar"],
  ["admin", "/quan-tri/lich-lam-viec?nam=2029", "calendar-unknown"],
  ["admin", "/quan-tri/don-vi", "admin-organisations"],
  ["admin", "/quan-tri/don-vi/xa-dien-lu", "admin-organisation"],
  ["admin", "/quan-tri/them-don-vi", "admin-organisation-new"],
  ["admin", "/quan-tri/don-vi/xa-dien-lu/to-in", "admin-link-sheet"],
  ["admin", "/quan-tri/dau-moi", "admin-contacts"],
  ["admin", "/quan-tri/he-thong", "admin-systems"],
  ["admin", "/quan-tri/he-thong/lgsp", "admin-system"],
  ["admin", "/quan-tri/nhap", "admin-import"],
  ["admin", "/quan-tri/tai-khoan", "admin-accounts"],
  ["admin", "/quan-tri/tai-khoan/moi", "admin-account-new"],
];

let place;
let server;
let browser;
before(async () => {
  place = folder("pages");
  browser = await openBrowser();
  server = await demo({ cwd: place.path });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  place?.drop();
});

/** The first address on `path` that begins with `prefix`. */
async function firstLink(page, path, prefix) {
  await page.goto(path);
  const link = page.locator(`main a[href^="${prefix}"]`).first();
  assert.ok((await link.count()) > 0, `${path} leads to no ${prefix}`);
  return link.getAttribute("href");
}

/** The mailbox of one telephone: it has a number where letters have an address. */
async function phoneOf(page) {
  await page.goto("/demo/mailbox");
  const all = await page.locator("#recipients option").evaluateAll((options) => options.map((one) => one.value));
  const phone = all.find((one) => /^\d+$/.test(one));
  assert.ok(phone, `no telephone in ${all}`);
  return `/demo/mailbox?to=${phone}`;
}

async function enter(role, options) {
  const who = await person(browser, server.url, options);
  if (role) await signIn(who.page, accountOf(server.accounts, role));
  return who;
}

const roles = [...new Set(PAGES.map(([role]) => role))];
for (const role of roles) {
  test(`pages of ${role ?? "anybody"}`, async (t) => {
    const who = await enter(role);
    for (const [, path, name] of PAGES.filter(([one]) => one === role)) {
      await t.test(name, async () => {
        const address = typeof path === "function" ? await path(who.page) : path;
        const response = await who.page.goto(address);
        assert.equal(response.status(), name === "not-found" ? 404 : 200, address);
        assert.equal(await who.page.locator("h1").count(), 1, `${address} needs one heading`);
        for (const [size, viewport] of Object.entries({ phone: PHONE, wide: DESK })) {
          await who.page.setViewportSize(viewport);
          await look(who.page, `${name}-${size}`);
        }
        // In the dark only colours are others.
        await who.page.emulateMedia({ colorScheme: "dark" });
        await axe(who.page, { only: ["color-contrast"] });
        await shot(who.page, `${name}-wide-dark`, { docs: false });
        await who.page.emulateMedia({ colorScheme: "light" });
      });
    }
    await who.leave();
  });
}

test("the dark is as readable as the light", async () => {
  const anybody = await enter(null, { dark: true, viewport: PHONE });
  await anybody.page.goto("/bao-su-co/xa-dien-lu");
  await look(anybody.page, "report-dark");
  await anybody.leave();
  const desk = await enter("coordinator", { dark: true });
  await desk.page.goto("/dieu-phoi");
  await look(desk.page, "queue-dark");
  await desk.page.goto(await firstLink(desk.page, "/dieu-phoi", "/su-co/"));
  await look(desk.page, "incident-dark");
  await desk.leave();
});

test("the interface's documentation", async () => {
  // Half a megabyte of tables. Contrast, which costs the checker by the element, is taken from the
  // first parts: every other is made by the same lines of the template.
  const who = await enter(null);
  assert.equal((await who.page.goto("/api")).status(), 200);
  assert.equal(await who.page.locator("h1").count(), 1);
  await axe(who.page, { without: ["color-contrast"] });
  await axe(who.page, { only: ["color-contrast"], part: "main > :nth-child(-n+6)" });
  await fits(who.page);
  await shot(who.page, "api-wide");
  await who.leave();
});

test("a phone finds the filters behind one tap, without a script", async () => {
  const who = await enter("duty_officer", { viewport: PHONE, script: false });
  await who.page.goto("/dieu-phoi");
  const priority = who.page.locator('[name="priority"]');
  assert.ok(await who.page.locator('[name="q"]').isVisible());
  assert.ok(!(await priority.isVisible()), "the filters push the queue off the screen");
  await who.page.locator('label[for="more"]').click();
  await priority.selectOption("urgent");
  const answered = who.page.waitForURL("**/dieu-phoi?*priority=urgent*");
  await who.page.locator("form.filters button").click();
  await answered;
  assert.ok(await priority.isVisible(), "a filter in use is folded away");
  await who.leave();
});

test("an organisation is found by its name where its key is asked for", async () => {
  const who = await enter("duty_officer");
  await who.page.goto("/dieu-phoi");
  await who.page.locator("#organisation").pressSequentially("lung niem");
  const option = who.page.locator('#organisation ~ datalist option[value="xa-lung-niem"]');
  await option.waitFor({ state: "attached" });
  assert.match(await option.getAttribute("label"), /Lũng Niêm/);
  await who.leave();
});

test("English stands beside Vietnamese", async () => {
  const who = await enter(null);
  await who.page.goto("/bao-su-co/xa-dien-lu");
  assert.equal(await who.page.locator("html").getAttribute("lang"), "vi");
  await who.page.locator('button[name="language"][value="en"]').click();
  await who.page.waitForLoadState();
  assert.equal(await who.page.locator("html").getAttribute("lang"), "en");
  assert.match(who.page.url(), /bao-su-co\/xa-dien-lu$/, "the person is led away by the language");
  await axe(who.page);
  await fits(who.page);
  await who.leave();
});

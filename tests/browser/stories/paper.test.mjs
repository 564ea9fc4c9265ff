// What is printed: only what belongs on paper, black on white, no wider than the sheet.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, person } from "../lib/browser.mjs";
import { accountOf, signIn } from "../lib/forms.mjs";
import { fits, shot } from "../lib/look.mjs";
import { demo, folder } from "../lib/server.mjs";

// A4 at 96 dots an inch, without the margins of print.css.
const SHEET = { width: 662, height: 971 };
/** Role, where it is found, its picture, how many sheets it may take. */
const PAPERS = [
  ["admin", () => "/quan-tri/don-vi/xa-dien-lu/to-in", "paper-link-sheet", 1],
  ["coordinator", (page) => first(page, "/dieu-phoi", "/su-co/"), "paper-incident", 12],
  ["coordinator", async (page) => `${await first(page, "/phieu", "/phieu/")}/in`, "paper-dispatch", 2],
  ["auditor", () => "/nhat-ky", "paper-audit", 40],
];

let place;
let server;
let browser;
before(async () => {
  place = folder("paper");
  browser = await openBrowser();
  server = await demo({ cwd: place.path });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  place?.drop();
});

async function first(page, path, prefix) {
  await page.goto(path);
  return page.locator(`main a[href^="${prefix}"]`).first().getAttribute("href");
}

for (const dark of [false, true]) {
  test(`papers of a ${dark ? "dark" : "light"} screen`, async (t) => {
    for (const [role, where, name, sheets] of PAPERS) {
      await t.test(name, async () => {
        const who = await person(browser, server.url, { dark });
        const { page } = who;
        await signIn(page, accountOf(server.accounts, role));
        await page.goto(await where(page));
        await page.setViewportSize(SHEET);
        await page.emulateMedia({ media: "print" });
        for (const part of [".bar", ".mainnav", ".foot", "main form button", ".btn"]) {
          const seen = await page.locator(`${part}:visible`).count();
          assert.equal(seen, 0, `${part} stands on the paper`);
        }
        assert.ok(await page.locator("h1").isVisible());
        const ink = await page.evaluate(() => {
          const style = getComputedStyle(document.body);
          return [style.color, style.backgroundColor];
        });
        assert.deepEqual(ink, ["rgb(0, 0, 0)", "rgb(255, 255, 255)"], "not black on white");
        await fits(page);
        await shot(page, `${name}${dark ? "-dark" : ""}`);
        const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
        const count = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
        assert.ok(count >= 1 && count <= sheets, `${name} takes ${count} sheets`);
        await who.leave();
      });
    }
  });
}

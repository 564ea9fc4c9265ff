// What every page has to stand: the accessibility checker, a narrow screen, a picture.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import axeModule from "@axe-core/playwright";
import { root } from "./server.mjs";

const AxeBuilder = axeModule.default ?? axeModule;
const GRAVE = new Set(["serious", "critical"]);
const STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// Every run leaves its pictures in target/; docs/screens is renewed when somebody asks for it.
const shelf = join(root, "target/screens");
const shown = process.env.DIEUPHOI_TEST_SCREENS && join(root, process.env.DIEUPHOI_TEST_SCREENS);

/**
 * Fails if axe-core finds anything serious or critical on the page, or in a `part` of it, by all of
 * its rules, `only` some, or all `without` some.
 */
export async function axe(page, { part, only, without } = {}) {
  // Legacy mode runs in the page itself instead of opening another for the sums: no page here has
  // frames, and two slow cores take half as long.
  const checker = new AxeBuilder({ page })
    .options({ resultTypes: ["violations"] })
    .setLegacyMode(true);
  if (only) checker.withRules(only);
  else checker.withTags(STANDARD);
  if (without) checker.disableRules(without);
  if (part) checker.include(part);
  const { violations, passes } = await checker.analyze();
  assert.ok(passes.length > 0, "axe looked at nothing");
  const grave = violations
    .filter((one) => GRAVE.has(one.impact))
    .map((one) => {
      const where = one.nodes.map((node) => `    ${node.target.join(" ")}: ${node.html}`).join("\n");
      return `${one.impact} ${one.id}: ${one.help}\n${where}`;
    });
  assert.deepEqual(grave, [], `${page.url()}:\n${grave.join("\n")}`);
}

/** Fails if the page has to be scrolled sideways. */
export async function fits(page) {
  // Not window.innerWidth: a phone zooms out until a page that is too wide fits.
  const { width } = page.viewportSize();
  const { wide, culprits } = await page.evaluate(
    (width) => ({
      wide: document.documentElement.scrollWidth,
      culprits: [...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > width + 1)
        .slice(0, 5)
        .map((one) => `${one.tagName.toLowerCase()}.${one.className}`),
    }),
    width,
  );
  assert.ok(wide <= width, `${page.url()} is ${wide}px wide on ${width}px: ${culprits}`);
}

/** Stores a picture of what is on the screen as NAME.png, and smaller as NAME.jpg for the docs, if it is for them. */
export async function shot(page, name, { docs = true } = {}) {
  await page.evaluate(() => document.fonts.ready.then(() => true));
  const how = { animations: "disabled", caret: "hide" };
  mkdirSync(shelf, { recursive: true });
  writeFileSync(join(shelf, `${name}.png`), await page.screenshot(how));
  if (shown && docs) {
    const small = await page.screenshot({ ...how, type: "jpeg", quality: 70 });
    writeFileSync(join(shown, `${name}.jpg`), small);
  }
}

/** All three. */
export async function look(page, name) {
  await axe(page);
  await fits(page);
  await shot(page, name);
}

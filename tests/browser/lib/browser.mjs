// Chromium for the stories, as a person in Vietnam has it, and what no page may ever do: raise a
// script error, break the content policy, fetch from elsewhere.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };
// A debug build on two busy cores; a story that waits for nothing at all fails sooner or later too.
const PATIENCE = 45_000;

/** Opens Chromium once for a file of stories. */
export async function openBrowser() {
  const args = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
  ];
  // Chromium's sandbox refuses to start as root, which is who CI is.
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  return chromium.launch({
    executablePath: process.env.DIEUPHOI_TEST_CHROMIUM ?? "/usr/bin/chromium",
    args,
  });
}

/**
 * A person: own cookies, own screen. `page` is watched; `leave()` closes everything and fails if a
 * page did what none may do.
 */
export async function person(browser, baseURL, options = {}) {
  const { viewport = DESK, script = true, dark = false, ...more } = options;
  const context = await browser.newContext({
    baseURL,
    viewport,
    locale: "vi-VN",
    timezoneId: "Asia/Ho_Chi_Minh",
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    javaScriptEnabled: script,
    hasTouch: viewport.width < 600,
    isMobile: viewport.width < 600,
    ...more,
  });
  context.setDefaultTimeout(PATIENCE);
  const problems = [];
  const expected = [];
  const home = new URL(baseURL).origin;
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== home) {
      problems.push(`fetched from elsewhere: ${request.url()}`);
    }
  });
  context.on("weberror", (error) => problems.push(`script error: ${error.error()}`));
  context.on("console", (message) => {
    // Content-policy reports come here too. Chromium also tells of every 4xx answer, which
    // stories about mistakes expect; those are checked by what the page says.
    if (message.type() !== "error" || /Failed to load resource: .* 4\d\d/.test(message.text())) return;
    problems.push(`console: ${message.text()}`);
  });
  context.on("response", (response) => {
    const path = new URL(response.url()).pathname;
    const missing = response.status() === 404 && path.startsWith("/static/");
    if (response.status() >= 500 || missing) problems.push(`${response.status()} from ${path}`);
  });
  const page = await context.newPage();
  return {
    page,
    context,
    /** A story about a failure names the problem that it provokes. */
    expect: (pattern) => expected.push(pattern),
    async leave() {
      await context.close();
      const real = problems.filter((one) => !expected.some((pattern) => pattern.test(one)));
      assert.deepEqual(real, [], "what no page may do");
    },
  };
}

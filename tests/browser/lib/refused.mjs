// A form that the server refuses: 422, the page says what is wrong, what was typed is still there.
import assert from "node:assert/strict";

/** Sends `scope` past the browser's own checks, waits for the refusal and what stands in the fields. */
export async function refused(scope, kept, { button, status = 422 } = {}) {
  const page = typeof scope.page === "function" ? scope.page() : scope;
  // A person's browser would stop some of it; the server has to see through all of it.
  await scope.evaluate((one) => one.setAttribute("novalidate", ""));
  const which = button
    ? scope.getByRole("button", { name: button })
    : scope.locator('button:not([type="button"])').last();
  const answered = page.waitForResponse((r) => r.request().method() === "POST");
  await which.click();
  const response = await answered;
  await page.waitForLoadState();
  assert.equal(response.status(), status, page.url());
  for (const [name, value] of Object.entries(kept)) {
    const field = scope.locator(`[name="${name}"]:not([type="hidden"])`).first();
    assert.equal(await field.inputValue(), value, `${name} lost what was typed`);
  }
  return response;
}

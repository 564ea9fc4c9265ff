// Filling forms by the names their fields are sent under, whatever control stands for them, and
// reading what a page says. Labels are not forgotten: axe refuses a field without one.
import assert from "node:assert/strict";

/** Writes or chooses each value; true/false ticks; an array chooses several boxes. */
export async function fill(scope, values) {
  for (const [name, value] of Object.entries(values)) {
    await put(scope, name, value);
  }
}

async function put(scope, name, value) {
  const field = scope.locator(`[name="${name}"]:not([type="hidden"])`);
  assert.ok((await field.count()) > 0, `no field ${name} on ${pageOf(scope).url()}`);
  const first = field.first();
  const { tag, type } = await first.evaluate((one) => ({
    tag: one.tagName.toLowerCase(),
    type: one.getAttribute("type") ?? "",
  }));
  if (tag === "select") {
    await first.selectOption(value);
  } else if (type === "radio" || (type === "checkbox" && typeof value !== "boolean")) {
    for (const one of [value].flat()) await tick(scope.locator(`[name="${name}"][value="${one}"]`));
  } else if (type === "checkbox") {
    if ((await first.isChecked()) !== value) await tick(first, value);
  } else if (type === "file") {
    await first.setInputFiles(value);
  } else {
    await first.fill(value);
  }
}

/** A box may be drawn by its label alone: a person clicks on that. */
async function tick(box, wanted = true) {
  if ((await box.isChecked()) === wanted) return;
  const label = await box.evaluateHandle((input) => input.labels?.[0] ?? input);
  await label.asElement().click();
  assert.equal(await box.isChecked(), wanted, `${await box.getAttribute("name")} does not obey`);
}

function pageOf(scope) {
  return typeof scope.page === "function" ? scope.page() : scope;
}

/** The form that is sent to `action` (a path, or a pattern of one). */
export function form(page, action) {
  const exact = page.locator(`form[action="${action}"]`);
  const within = page.locator(`form[action$="${action}"]`);
  return exact.or(within).first();
}

/** Sends the form by its own button and waits for the page that answers. */
export async function send(scope, button = undefined) {
  const page = pageOf(scope);
  const which = button
    ? scope.getByRole("button", { name: button })
    : scope.locator('button:not([type="button"]), input[type="submit"]');
  const answered = page.waitForResponse((r) => r.request().isNavigationRequest() && r.status() < 300);
  await which.last().click();
  const response = await answered;
  await page.waitForLoadState();
  return response;
}

/** Signs a person in and answers whether the page that follows is another. */
export async function signIn(page, account) {
  await page.goto("/dang-nhap");
  await fill(page, { email: account.email, password: account.password });
  await send(form(page, "/dang-nhap"));
  assert.notEqual(new URL(page.url()).pathname, "/dang-nhap", `${account.email} was not let in`);
}

/** The incident's code, from whatever the page says. */
export async function incidentCode(page) {
  const words = await page.locator("main").innerText();
  const [code] = words.match(/SC-\d{4}-\d{6}/) ?? [];
  assert.ok(code, `no incident code on ${page.url()}:\n${words}`);
  return code;
}

/** One account with this role, of this organisation if one is named. */
export function accountOf(accounts, role, organisation = undefined) {
  const found = accounts.find(
    (one) =>
      [one.role].flat().join(" ").split(" ").includes(role) &&
      (!organisation || one.organisation === organisation),
  );
  assert.ok(found, `no account with the role ${role}${organisation ? ` in ${organisation}` : ""}`);
  return found;
}

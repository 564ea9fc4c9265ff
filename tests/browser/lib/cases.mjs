// What several stories begin with: a case that somebody reported, an installation of one's own with
// one person in it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { person } from "./browser.mjs";
import { fill, form, incidentCode, send } from "./forms.mjs";
import { command, serve } from "./server.mjs";

/** Reports without an account from this organisation's own page; answers the incident's code. */
export async function report(page, { unit = "xa-dien-lu", category = "data_theft", ...more } = {}) {
  const action = `/bao-su-co/${unit}`;
  await page.goto(action);
  await fill(form(page, action), {
    category,
    description: "Tệp danh sách hộ nghèo của xã nằm trên một trang chia sẻ lạ.",
    still_happening: "yes",
    services: "none",
    people: "group",
    name: "Trần Tuệ Thơm",
    phone: "000 912 0437",
    email: "thomtt@bathuoc.thanhhoa.example",
    secret: "no",
    ...more,
  });
  await send(form(page, action));
  return incidentCode(page);
}

/** A new installation in `cwd` with one account, whose password is set by its activation link. */
export async function installation(browser, cwd, { role, email, name, password, env: more = {} }) {
  const env = {
    DIEUPHOI_DATABASE_URL: `sqlite:${join(cwd, "dieuphoi.sqlite")}`,
    DIEUPHOI_EVIDENCE__FOLDER: join(cwd, "evidence"),
    ...more,
  };
  command(cwd, ["migrate"], env);
  const unit = ["--organisation", "so-ttt", "--organisation-name", "Sở Thông tin và Truyền thông"];
  const who = ["--role", role, "--email", email, "--name", name];
  const said = command(cwd, ["account", "add", ...who, ...unit, "--function", "provincial_coordinator"], env);
  const server = await serve({ cwd, env });
  const [path] = said.match(/\/kich-hoat\/[\w-]+/) ?? [];
  assert.ok(path, said);
  const owner = await person(browser, server.url);
  await owner.page.goto(path);
  await fill(owner.page, { new: password });
  const again = owner.page.locator('[name="again"]');
  if ((await again.count()) > 0) await again.fill(password);
  await send(form(owner.page, path));
  await owner.leave();
  return server;
}

// Alarms in the browser. Chromium gives a test's context, which is a private window, no push service,
// and the machine reaches none, so that `PushManager.subscribe` ends in the refusal that the page has
// words for; what a push service would
// have brought is handed to the real service worker by the developer tools (deliverPushMessage), and a
// subscription, with keys that Node made, goes through the page's own form. The notification's click
// is the worker's event, fired in it: a test has no finger on the desktop.
import assert from "node:assert/strict";
import { createECDH, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { DESK, openBrowser, person, PHONE } from "../lib/browser.mjs";
import { installation } from "../lib/cases.mjs";
import { form, send, signIn } from "../lib/forms.mjs";
import { look } from "../lib/look.mjs";
import { refused } from "../lib/refused.mjs";
import { command, folder } from "../lib/server.mjs";
import { teller } from "../lib/story.mjs";

const ACCOUNT = { email: "truc@so-ttt.example", password: "con trâu gặm cỏ sau đình" };
const PAGE = "/toi/bao-tin/trinh-duyet";

let place;
let browser;
let server;
before(async () => {
  place = folder("push");
  browser = await openBrowser();
  const keys = command(place.path, ["push-keys"]);
  const [, publicKey] = keys.match(/public_key = "([\w-]+)"/);
  const [, privateKey] = keys.match(/private_key = "([\w-]+)"/);
  server = await installation(browser, place.path, {
    role: "duty_officer",
    name: "Trần Tuệ Trực",
    ...ACCOUNT,
    env: {
      DIEUPHOI_PUSH__PUBLIC_KEY: publicKey,
      DIEUPHOI_PUSH__PRIVATE_KEY: privateKey,
      DIEUPHOI_PUSH__CONTACT: "mailto:truc@so-ttt.example",
      DIEUPHOI_PUSH__MORE_SERVICES: "push.example",
    },
  });
});
after(async () => {
  await browser?.close();
  await server?.kill();
  place?.drop();
});

async function enter(options) {
  const who = await person(browser, server.url, options);
  await signIn(who.page, ACCOUNT);
  await who.page.goto(PAGE);
  return who;
}

/** What a browser hands over: an address of its push service and its keys. */
function subscription(host = "push.example") {
  const pair = createECDH("prime256v1");
  pair.generateKeys();
  return {
    endpoint: `https://${host}/send/${randomBytes(12).toString("hex")}`,
    p256dh: pair.getPublicKey("base64url"),
    auth: randomBytes(16).toString("base64url"),
    browser: "Chrome, Linux",
  };
}

/** Posts the page's own form with what the browser would have written into it. */
async function subscribes(page, given) {
  await page.evaluate((given) => {
    const sheet = document.querySelector("form[data-alarms]");
    for (const [name, value] of Object.entries(given)) sheet.elements[name].value = value;
  }, given);
}

test("alarms in a browser", async (t) => {
  const chapter = teller(t);
  const who = await enter({ viewport: DESK });
  const { page, context } = who;
  who.expect(/does not support the Push API in incognito mode/);

  await chapter("who says no is told so, and nothing changes", page, async () => {
    await look(page, "browsers-none");
    const on = page.getByRole("button", { name: /Bật/ });
    assert.ok(await on.isEnabled(), "the script switches the button on");
    await on.click();
    await page.locator("form[data-alarms]").getByText(await words(page, "alarmsDenied")).waitFor();
  });

  await context.grantPermissions(["notifications"], { origin: server.url });
  await chapter("the worker registers; a push service out of reach is said", page, async () => {
    await page.reload();
    await page.getByRole("button", { name: /Bật/ }).click();
    await page.locator("form[data-alarms]").getByText(await words(page, "alarmsFailed")).waitFor();
    const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
    assert.equal(scope, `${server.url}/`);
    await look(page, "browsers-failed");
  });

  await chapter("an alarm rings with the cut text that came", page, async () => {
    const cdp = await context.newCDPSession(page);
    const known = new Promise((done) => {
      cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        if (registrations.length > 0) done(registrations[0].registrationId);
      });
    });
    await cdp.send("ServiceWorker.enable");
    const registrationId = await known;
    // Chromium forgets a notification that somebody asks for between its being written down and its
    // being displayed, so that nobody asks before the worker's own promise is kept.
    const [worker] = context.serviceWorkers();
    assert.ok(worker, "the worker runs");
    await worker.evaluate(() => {
      self.shows = [];
      const real = ServiceWorkerRegistration.prototype.showNotification;
      ServiceWorkerRegistration.prototype.showNotification = function (...said) {
        const shows = real.apply(this, said);
        self.shows.push(shows);
        return shows;
      };
    });
    let rung = 0;
    const rings = async (said) => {
      await cdp.send("ServiceWorker.deliverPushMessage", { origin: server.url, registrationId, data: said });
      rung += 1;
      await worker.evaluate(async (rung) => {
        while (self.shows.length < rung) await new Promise((soon) => setTimeout(soon, 20));
        await Promise.all(self.shows);
      }, rung);
    };
    const shown = () =>
      page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        return (await registration.getNotifications()).map((one) => ({
          title: one.title,
          body: one.body,
          lang: one.lang,
          tag: one.tag,
          stays: one.requireInteraction,
          url: one.data.url,
        }));
      });
    // As notify/src/push.rs writes it: subject, facts, where to look.
    const alarm = {
      title: "[SC-2026-000007] Đề nghị tiếp nhận",
      body: "Mã sự cố: SC-2026-000007\nMức ưu tiên: Khẩn cấp",
      url: `${server.url}/su-co/SC-2026-000007`,
      tag: "i7",
      lang: "vi",
      urgent: true,
    };
    await rings(JSON.stringify(alarm));
    const { urgent, ...rest } = alarm;
    assert.deepEqual(await shown(), [{ ...rest, stays: urgent }]);
    // The same matter again takes the place of the first; another stands beside it.
    await rings(JSON.stringify({ ...alarm, body: "Nhắc lần 2" }));
    await rings(JSON.stringify({ title: "Nơi khác", url: "https://la.example/lua", tag: "x" }));
    const two = await shown();
    assert.equal(two.length, 2, JSON.stringify(two));
    assert.ok(two.some((one) => one.body === "Nhắc lần 2"), JSON.stringify(two));
    await rings("{không phải JSON");
    assert.equal((await shown()).length, 3, "a message that cannot be read still rings");
  });

  await chapter("its click opens the case, and never another site", page, async () => {
    const [worker] = context.serviceWorkers();
    assert.ok(worker, "the worker runs");
    const opened = await worker.evaluate(async () => {
      const urls = [];
      // A window opens for a person's finger alone, which a test has not: what would open is kept.
      const real = Clients.prototype.openWindow;
      Clients.prototype.openWindow = (url) => {
        urls.push(url);
        return Promise.resolve(null);
      };
      for (const notification of await self.registration.getNotifications()) {
        const event = new NotificationEvent("notificationclick", { notification });
        const ends = [];
        event.waitUntil = (promise) => ends.push(promise);
        self.dispatchEvent(event);
        await Promise.all(ends);
      }
      Clients.prototype.openWindow = real;
      return { urls, left: (await self.registration.getNotifications()).length };
    });
    assert.equal(opened.left, 0, "a notification that was clicked is gone");
    assert.ok(opened.urls.includes(`${server.url}/su-co/SC-2026-000007`), JSON.stringify(opened));
    assert.ok(opened.urls.every((url) => new URL(url).origin === server.url), JSON.stringify(opened));
  });

  await chapter("a subscription is kept, listed, and switched off", page, async () => {
    await page.goto(PAGE);
    await subscribes(page, subscription("la.example"));
    await refused(page.locator("form[data-alarms]"), {});
    await look(page, "browsers-refused");
    await subscribes(page, subscription());
    await send(page.locator("form[data-alarms]"));
    const row = page.locator("[data-alarm-mark]");
    assert.equal(await row.count(), 1);
    assert.match(await row.innerText(), /Chrome, Linux/);
    await look(page, "browsers-on");
    await page.setViewportSize(PHONE);
    await look(page, "browsers-on-phone");
    await page.setViewportSize(DESK);
    await send(row.locator("form"));
    assert.equal(await page.locator("[data-alarm-mark]").count(), 0);
  });
  await who.leave();
});

test("without script the page says that alarms need one", async () => {
  const who = await enter({ viewport: PHONE, script: false });
  assert.ok(await who.page.locator("form[data-alarms] button").isDisabled());
  assert.ok(await who.page.locator("noscript p").isVisible());
  await who.leave();
});

/** The form's own words for one of its refusals. */
function words(page, name) {
  return page.locator("form[data-alarms]").evaluate((sheet, name) => sheet.dataset[name], name);
}

// Alarms in this browser: asks the browser for a subscription, and lets the form post it. Without a
// service worker, or where the person says no, it says so and nothing changes.
import { say } from "./text.js";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

/** What people call this browser: its name and the system, without numbers. */
function called() {
  const agent = navigator.userAgent;
  const find = (names) => names.find(([mark]) => agent.includes(mark))?.[1];
  const browser = find([["Edg/", "Edge"], ["coc_coc", "Cốc Cốc"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]]);
  const system = find([["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]]);
  return [browser, system].filter(Boolean).join(", ");
}

async function subscribed(key) {
  const worker = await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  const old = await worker.pushManager.getSubscription();
  // A subscription belongs to the key that it was made with.
  if (old && text(old.options.applicationServerKey ?? new ArrayBuffer(0)) !== key) await old.unsubscribe();
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
}

async function current() {
  const worker = await navigator.serviceWorker?.getRegistration("/");
  return worker?.pushManager?.getSubscription() ?? null;
}

async function markThisOne(root) {
  const items = [...root.querySelectorAll("[data-alarm-mark]")];
  const subscription = items.length ? await current() : null;
  if (!subscription) return;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint)));
  const mark = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const own = items.find((item) => item.dataset.alarmMark === mark);
  if (!own) return;
  own.querySelector("[data-alarm-here]").hidden = false;
  own.querySelector("[data-alarm-off]").addEventListener("submit", () => { subscription.unsubscribe(); });
}

export function switchAlarms(root) {
  for (const form of root.querySelectorAll("form[data-alarms]")) {
    const button = form.querySelector("button");
    if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
      say(form, form.dataset.alarmsNever, "warn");
      continue;
    }
    button.disabled = false;
    form.addEventListener("submit", async (event) => {
      if (form.elements.endpoint.value) return;
      event.preventDefault();
      button.disabled = true;
      try {
        if (await Notification.requestPermission() !== "granted") {
          say(form, form.dataset.alarmsDenied, "warn");
          return;
        }
        const subscription = await subscribed(form.dataset.alarms);
        form.elements.endpoint.value = subscription.endpoint;
        form.elements.p256dh.value = text(subscription.getKey("p256dh"));
        form.elements.auth.value = text(subscription.getKey("auth"));
        form.elements.browser.value = called();
        form.submit();
      } catch {
        say(form, form.dataset.alarmsFailed, "bad");
      } finally {
        button.disabled = false;
      }
    });
  }
  markThisOne(root).catch(() => {});
}

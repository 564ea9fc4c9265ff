// The service worker: shows alarms, and opens what they are about. It caches nothing and answers no
// request: pages come from the server alone.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let said = {};
  try { said = event.data?.json() ?? {}; } catch { /* A message that cannot be read still rings. */ }
  event.waitUntil(self.registration.showNotification(said.title || self.location.hostname, {
    body: said.body || "",
    lang: said.lang || "vi",
    tag: said.tag || undefined,
    renotify: Boolean(said.tag),
    requireInteraction: Boolean(said.urgent),
    icon: "/static/favicon.svg",
    data: { url: said.url || "/" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const asked = new URL(event.notification.data?.url || "/", self.location.origin);
  // An alarm leads into these pages and nowhere else.
  const url = asked.origin === self.location.origin ? asked.href : self.location.origin;
  event.waitUntil((async () => {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const open = pages.find((page) => page.url === url);
    return open ? open.focus() : self.clients.openWindow(url);
  })());
});

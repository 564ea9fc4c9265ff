// Regions that follow what happens: data-live="/address" is fetched again every data-every
// seconds (15 if not said) while the tab is seen, and replaced by the answer's HTML.
// Nothing is replaced while somebody types, has a form open, or marks text inside it.
import { say, text } from "./text.js";

function busy(region) {
  const marked = window.getSelection();
  return (region.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"))
    || region.querySelector("details[open] form") !== null
    || (marked && !marked.isCollapsed && region.contains(marked.anchorNode));
}

/** To be called before anything else touches the page: it remembers what the server sent. */
export function followLive(root, enhance) {
  for (const region of root.querySelectorAll("[data-live]")) {
    const pace = Number(region.dataset.every || 15) * 1000;
    let shown = region.innerHTML.trim();
    let failures = 0;
    let timer;
    const later = () => { clearTimeout(timer); timer = setTimeout(turn, pace * Math.min(8, 2 ** failures)); };
    const turn = async () => {
      later();
      if (document.hidden || !navigator.onLine || busy(region)) return;
      try {
        const answer = await fetch(region.dataset.live, {
          credentials: "same-origin", headers: { Accept: "text/html", "X-Live": "1" }, cache: "no-store",
        });
        if (answer.redirected || answer.status === 401 || answer.status === 403) { clearTimeout(timer); return; }
        if (!answer.ok) throw new Error(String(answer.status));
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const html = fresh.body.innerHTML.trim();
        failures = 0;
        region.querySelector(":scope > [data-said]")?.remove();
        if (html === shown || busy(region)) return;
        const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
        region.replaceChildren(...fresh.body.childNodes);
        enhance(region);
        if (focused) document.getElementById(focused)?.focus();
        shown = html;
      } catch {
        failures += 1;
        later();
        if (failures === 2) say(region, text("live-lost"), "warn");
      }
    };
    later();
    document.addEventListener("visibilitychange", () => { if (!document.hidden) turn(); });
  }
}

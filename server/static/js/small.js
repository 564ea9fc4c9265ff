// Small things: copy buttons, relative times, menus that close, focus on refusals,
// filters that send themselves, no second send of one form.
import { distance, text } from "./text.js";

let once = false;

export function smallThings(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      const label = button.lastChild;
      const before = label.textContent;
      label.textContent = text("copied");
      setTimeout(() => { label.textContent = before; }, 2000);
    });
  }
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  for (const select of root.querySelectorAll("[data-autosend]")) {
    select.addEventListener("change", () => select.form.requestSubmit?.());
  }
  relative(root);
  root.querySelector("[data-focus]")?.focus();
  if (once) return;
  once = true;
  wholePage();
}

/** The exact time stays; how far it is goes into the title, and into data-relative="text" itself. */
function relative(root) {
  for (const time of root.querySelectorAll("time[data-relative]")) {
    const at = Date.parse(time.dateTime);
    if (Number.isNaN(at)) continue;
    if (time.dataset.relative === "text") {
      time.title ||= time.textContent;
      time.textContent = distance(at);
    } else time.title = distance(at);
  }
}

function wholePage() {
  setInterval(() => { if (!document.hidden) relative(document); }, 60000);

  // A second press while the first is on its way does nothing; coming back by "back" frees it again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sending !== undefined) { event.preventDefault(); return; }
    form.dataset.sending = "";
    const button = event.submitter;
    if (!button) return;
    button.setAttribute("aria-busy", "true");
    if (button.matches(".btn")) {
      button.dataset.label = button.lastChild.textContent;
      button.lastChild.textContent = text("sending");
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
    for (const button of document.querySelectorAll("[aria-busy]")) {
      button.removeAttribute("aria-busy");
      if (button.dataset.label) button.lastChild.textContent = button.dataset.label;
    }
  });

  // One menu at a time; Escape and a click elsewhere close it.
  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}

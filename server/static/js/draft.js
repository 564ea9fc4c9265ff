// Drafts: a form marked data-draft="key" is kept in this browser while it is typed,
// restored when the page is opened again, and dropped when a page says data-draft-done="key".
// Passwords, files, hidden fields and anything marked data-no-draft are never kept.
import { moment, text } from "./text.js";

const prefix = "dieuphoi-draft-";
const lifetime = 7 * 24 * 3600 * 1000;

function store() {
  try { return window.localStorage; } catch { return null; }
}

function fields(form) {
  return [...form.elements].filter((field) => field.name && !["password", "file", "hidden", "submit", "button"].includes(field.type)
    && field.dataset.noDraft === undefined);
}

function snapshot(form) {
  const values = {};
  for (const field of fields(form)) {
    if (field.type === "radio" || field.type === "checkbox") {
      if (field.checked) (values[field.name] ??= []).push(field.value);
    } else if (field.value !== field.defaultValue || field.value !== "") {
      values[field.name] = [field.value];
    }
  }
  return values;
}

/** What the server sent back wins over what this browser kept. */
function restore(form, values) {
  let changed = false;
  for (const field of fields(form)) {
    const kept = values[field.name];
    if (!kept) continue;
    if (field.type === "radio" || field.type === "checkbox") {
      if (kept.includes(field.value) && !field.checked) { field.checked = true; changed = true; }
    } else if (field.value === "" && kept[0] !== "") {
      field.value = kept[0];
      changed = true;
    }
  }
  return changed;
}

export function dropDraft(key) {
  store()?.removeItem(prefix + key);
}

function bar(form, words, key) {
  let line = form.querySelector(":scope > .draft");
  if (!line) {
    line = document.createElement("div");
    line.className = "draft";
    const said = document.createElement("span");
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "btn btn-link btn-sm";
    drop.textContent = text("draft-drop");
    drop.addEventListener("click", () => { dropDraft(key); form.reset(); line.remove(); });
    line.append(said, drop);
    form.prepend(line);
  }
  line.firstChild.textContent = words;
}

export function keepDrafts(root) {
  const kept = store();
  if (!kept) return;
  for (const done of root.querySelectorAll("[data-draft-done]")) dropDraft(done.dataset.draftDone);
  for (const form of root.querySelectorAll("form[data-draft]")) {
    const key = form.dataset.draft;
    try {
      const draft = JSON.parse(kept.getItem(prefix + key) ?? "null");
      if (draft && Date.now() - draft.at < lifetime) {
        if (restore(form, draft.values)) bar(form, text("draft-found", moment(draft.at)), key);
      } else if (draft) dropDraft(key);
    } catch { dropDraft(key); }
    let waiting = null;
    const save = () => {
      clearTimeout(waiting);
      waiting = null;
      if (form.dataset.sent !== undefined) return;
      try {
        const at = Date.now();
        kept.setItem(prefix + key, JSON.stringify({ at, values: snapshot(form) }));
        bar(form, text("draft-kept", moment(at)), key);
      } catch { /* a full store must not disturb the typing */ }
    };
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(save, 600);
    });
    // Who leaves in the middle of a word keeps that word too.
    window.addEventListener("pagehide", () => { if (waiting !== null) save(); });
  }
}

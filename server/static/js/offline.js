// Sending without a network: a form marked data-offline-queue that is sent while the device is
// offline is kept and sent by itself when the network is back. The form carries a nonce, so the
// server takes it once however often it arrives. Files stay in the open page only.
import { say, text } from "./text.js";
import { dropDraft } from "./draft.js";

async function send(form, submitter) {
  const answer = await fetch(form.action, {
    method: "POST", body: body(form, submitter), credentials: "same-origin", redirect: "follow",
  });
  if (answer.ok && answer.redirected) {
    form.dataset.sent = "";
    if (form.dataset.draft) dropDraft(form.dataset.draft);
    window.location.assign(answer.url);
    return;
  }
  // Refused or to be corrected: the server's own page says why; it is shown by an ordinary send.
  form.dataset.direct = "";
  form.requestSubmit ? form.requestSubmit(submitter) : form.submit();
}

function body(form, submitter) {
  const data = new FormData(form);
  if (submitter?.name) data.append(submitter.name, submitter.value);
  return form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
}

export function queueOffline(root) {
  for (const form of root.querySelectorAll("form[data-offline-queue]")) {
    let pending = null;
    form.addEventListener("submit", (event) => {
      if (navigator.onLine || form.dataset.direct !== undefined) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      pending = { submitter: event.submitter };
      say(form, text("queued"), "warn");
    });
    const back = async () => {
      if (!pending) {
        form.querySelector(":scope > [data-said]")?.remove();
        return;
      }
      const { submitter } = pending;
      pending = null;
      say(form, text("sending"));
      try {
        await send(form, submitter);
      } catch {
        pending = { submitter };
        say(form, text("queue-failed"), "bad");
      }
    };
    window.addEventListener("online", back);
    window.addEventListener("offline", () => { if (!pending) say(form, text("offline"), "warn"); });
    if (!navigator.onLine) say(form, text("offline"), "warn");
    window.addEventListener("beforeunload", (event) => { if (pending) event.preventDefault(); });
  }
}

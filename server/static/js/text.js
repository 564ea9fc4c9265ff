// The words that scripts show, and a few that they compute, in the page's language.
const locale = document.documentElement.lang === "en" ? "en-GB" : "vi-VN";
const zone = "Asia/Ho_Chi_Minh";

/** The body's data-text-NAME with %1, %2 … filled in. */
export function text(name, ...values) {
  const key = "text" + name.replace(/(^|-)(.)/g, (_, __, letter) => letter.toUpperCase());
  return values.reduce((line, value, at) => line.replace(`%${at + 1}`, value), document.body.dataset[key] ?? "");
}

/** A size in bytes as people read it. */
export function size(bytes) {
  const [unit, by] = bytes >= 1048576 ? ["MB", 1048576] : ["KB", 1024];
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(bytes / by)} ${unit}`;
}

/** A moment as HH:mm, with the day when it is not today. */
export function moment(at) {
  const day = (date) => new Intl.DateTimeFormat(locale, { timeZone: zone, day: "2-digit", month: "2-digit" }).format(date);
  const hour = new Intl.DateTimeFormat(locale, { timeZone: zone, hour: "2-digit", minute: "2-digit", hour12: false }).format(at);
  return day(at) === day(new Date()) ? hour : `${hour} ${day(at)}`;
}

/** How far a moment is from now: "3 phút trước", "sau 2 giờ". */
export function distance(at) {
  const seconds = (at - Date.now()) / 1000;
  const steps = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, by] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", 60];
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(Math.trunc(seconds / by), unit);
}

/** A line of the page that says what became of a form; read out by screen readers. */
export function say(form, words, kind = "info") {
  let line = form.querySelector(":scope > [data-said]");
  if (!line) {
    line = document.createElement("div");
    line.dataset.said = "";
    line.setAttribute("role", "status");
    form.append(line);
  }
  line.className = `notice notice--${kind} mt-3`;
  const paragraph = document.createElement("p");
  paragraph.className = "mb-0";
  paragraph.textContent = words;
  line.replaceChildren(paragraph);
  return line;
}

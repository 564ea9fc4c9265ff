// Fetches the vendored web assets from npm and lays them into static/:
// Bootstrap's compiled CSS, the two type families and the icon sprite.
// Run by hand when a package is to be raised: `node server/refresh-assets.mjs`.
// The versions below and static/README.md are changed together.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = {
  bootstrap: "5.3.9",
  "bootstrap-icons": "1.13.2",
  "@fontsource/be-vietnam-pro": "5.3.0",
  "@fontsource/jetbrains-mono": "5.3.0",
};

// Our name of a drawing (used in templates) → its name in Bootstrap Icons.
const icons = {
  // What happened: the code list `category`
  "category-denial_of_service": "cloud-slash",
  "category-phishing": "envelope-exclamation",
  "category-malware": "bug",
  "category-unauthorised_access": "incognito",
  "category-defacement": "brush",
  "category-data_encryption": "file-earmark-lock",
  "category-sabotage": "trash3",
  "category-data_theft": "database-down",
  "category-combined_attack": "layers",
  "category-other_attack": "shield-exclamation",
  "category-system_failure": "pc-display",
  "category-line_or_power": "plug",
  "category-operator_error": "person-exclamation",
  "category-natural_disaster": "cloud-lightning-rain",
  "category-risk": "exclamation-triangle",
  "category-other": "question-circle",
  // Where it stands: `state`
  "state-received": "inbox",
  "state-verifying": "search",
  "state-containing": "shield",
  "state-eradicating": "eraser",
  "state-recovering": "arrow-counterclockwise",
  "state-reviewing": "clipboard-check",
  "state-closed": "check-square-fill",
  "state-rejected": "x-square",
  "state-merged": "intersect",
  // How urgent: `priority`
  "priority-low": "chevron-down",
  "priority-medium": "dash-lg",
  "priority-high": "chevron-up",
  "priority-urgent": "chevron-double-up",
  // A dispatch's state
  "dispatch-sent": "send",
  "dispatch-accepted": "hand-thumbs-up",
  "dispatch-refused": "x-octagon",
  "dispatch-question": "question-diamond",
  "dispatch-in_progress": "gear",
  "dispatch-done": "check2-circle",
  "dispatch-cancelled": "slash-circle",
  "block-active": "slash-circle-fill",
  "block-removal_asked": "arrow-return-left",
  "block-removed": "unlock",
  // A message's fate
  "delivery-waiting": "hourglass",
  "delivery-sending": "arrow-repeat",
  "delivery-sent": "check2",
  "delivery-delivered": "check2-all",
  "delivery-failed": "exclamation-octagon",
  "delivery-skipped": "dash-circle",
  // By which way
  "channel-mail": "envelope",
  "channel-telegram": "telegram",
  "channel-phone": "telephone",
  // A task
  "task-open": "square",
  "task-done": "check-square",
  "task-skipped": "dash-square",
  // Who may read
  "audience-everyone": "people",
  "audience-coordination": "person-workspace",
  "audience-police": "shield-lock",
  // Doing and pointing
  acknowledge: "check2-circle",
  attach: "paperclip",
  back: "arrow-left",
  calendar: "calendar3",
  check: "check-lg",
  clock: "clock",
  close: "x-lg",
  copy: "clipboard",
  dispatch: "send",
  download: "download",
  edit: "pencil",
  evidence: "archive",
  facts: "card-list",
  filter: "funnel",
  first: "chevron-bar-left",
  home: "house",
  inbox: "inbox",
  indicator: "crosshair",
  info: "info-circle",
  language: "translate",
  legal: "bank",
  link: "link-45deg",
  lock: "lock",
  mail: "envelope",
  mailbox: "mailbox",
  map: "geo-alt",
  menu: "list",
  merge: "intersect",
  moon: "moon-stars",
  next: "chevron-right",
  note: "journal-text",
  offline: "wifi-off",
  organisation: "building",
  overdue: "alarm",
  person: "person-circle",
  phone: "telephone",
  plus: "plus-lg",
  print: "printer",
  qr: "qr-code",
  queue: "inboxes",
  refresh: "arrow-clockwise",
  reopen: "arrow-counterclockwise",
  report: "megaphone",
  search: "search",
  secret: "eye-slash",
  settings: "gear",
  "sign-in": "box-arrow-in-right",
  "sign-out": "box-arrow-right",
  sun: "sun",
  system: "hdd-network",
  task: "list-check",
  telegram: "telegram",
  "theme-auto": "circle-half",
  time: "clock-history",
  told: "broadcast",
  trash: "trash3",
  tree: "diagram-3",
  user: "person",
  users: "people",
  warning: "exclamation-triangle-fill",
  audit: "shield-check",
};

const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), "assets-"));
writeFileSync(join(work, "package.json"), JSON.stringify({ private: true, dependencies: packages }));
execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: work, stdio: "inherit" });
const from = (...path) => join(work, "node_modules", ...path);
const into = (...path) => join(here, "static", ...path);

copyFileSync(from("bootstrap/dist/css/bootstrap.min.css"), into("bootstrap.min.css"));
copyFileSync(from("bootstrap/LICENSE"), into("bootstrap-LICENSE.txt"));
for (const [family, weights] of [["be-vietnam-pro", [400, 500, 600, 700]], ["jetbrains-mono", [400, 700]]]) {
  for (const subset of ["latin", "vietnamese"]) {
    for (const weight of weights) {
      const file = `${family}-${subset}-${weight}-normal.woff2`;
      copyFileSync(from("@fontsource", family, "files", file), into("fonts", file));
    }
  }
  copyFileSync(from("@fontsource", family, "LICENSE"), into("fonts", `${family}-LICENSE.txt`));
}
const symbols = Object.entries(icons).map(([name, source]) => {
  const svg = readFileSync(from("bootstrap-icons/icons", `${source}.svg`), "utf8");
  const shapes = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>")).replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 16 16" fill="currentColor">${shapes}</symbol>`;
});
const notice = `<!-- Bootstrap Icons ${packages["bootstrap-icons"]}, MIT, see README.md -->`;
writeFileSync(into("icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${notice}\n${symbols.join("\n")}\n</svg>\n`);

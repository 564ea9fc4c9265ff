// Chosen files: name and size below the picker, and a warning before a refusal by the server.
import { size, text } from "./text.js";

export function listFiles(root) {
  for (const input of root.querySelectorAll("input[type=file][data-files]")) {
    const list = document.createElement("ul");
    list.className = "files";
    list.setAttribute("aria-live", "polite");
    input.after(list);
    const limit = Number(input.dataset.limit);
    const most = Number(input.dataset.most);
    input.addEventListener("change", () => {
      const rows = [...input.files].map((file) => {
        const row = document.createElement("li");
        row.append(part("files__name", file.name), part("muted", size(file.size)));
        if (limit && file.size > limit) row.append(part("files__bad", text("file-big", size(file.size), size(limit))));
        return row;
      });
      if (most && input.files.length > most) {
        const row = document.createElement("li");
        row.append(part("files__bad", text("file-many", input.files.length, most)));
        rows.push(row);
      }
      list.replaceChildren(...rows);
    });
  }
}

function part(name, words) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = words;
  return span;
}

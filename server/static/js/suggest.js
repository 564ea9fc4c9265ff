// A field for an organisation's key suggests by name while one types; without scripts, or without the
// right to see the directory, the key is typed as before.
export function suggestOrganisations(root) {
  for (const field of root.querySelectorAll("input[data-suggest]")) {
    const list = document.createElement("datalist");
    list.id = `${field.id}-suggested`;
    field.after(list);
    field.setAttribute("list", list.id);
    let waiting;
    let asked = "";
    const ask = async () => {
      const words = field.value.trim();
      if (words === asked && list.childElementCount) return;
      asked = words;
      const answer = await fetch(`${field.dataset.suggest}?limit=20&q=${encodeURIComponent(words)}`);
      if (!answer.ok || asked !== words) return;
      const { items } = await answer.json();
      list.replaceChildren(...items.map((one) => {
        const option = document.createElement("option");
        option.value = one.key;
        option.label = one.name;
        option.textContent = one.name;
        return option;
      }));
    };
    const soon = () => { clearTimeout(waiting); waiting = setTimeout(() => ask().catch(() => {}), 200); };
    field.addEventListener("input", soon);
    field.addEventListener("focus", soon);
  }
}

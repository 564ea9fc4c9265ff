// The editor of playbooks: while somebody types, the API says what is wrong and what would happen.
// Everything here also works with the page's own buttons.
const form = document.querySelector("[data-playbook]");

function editor() {
  const text = form.elements.text;
  const gutter = form.querySelector("[data-lines]");
  const sum = form.querySelector("[data-sum]");
  const problems = form.querySelector("[data-problems]");
  const simulated = form.querySelector("[data-simulated]");
  const picture = form.querySelector("[data-picture]");
  const rows = form.querySelector("[data-rows] tbody");
  const heads = [...form.querySelectorAll("[data-rows] thead th")].map((head) => head.textContent);
  const more = form.querySelector("[data-more]");
  let bad = new Set([...problems.querySelectorAll("[data-line]")].map((one) => Number(one.dataset.line)));
  let asked = 0;
  let timer;

  const element = (name, words, kind) => {
    const made = document.createElement(name);
    if (words) made.textContent = words;
    if (kind) made.className = kind;
    return made;
  };

  const number = () => {
    const count = text.value.split("\n").length;
    gutter.replaceChildren(...Array.from({ length: count }, (_, at) =>
      element("div", String(at + 1), bad.has(at + 1) ? "bad" : "")));
    gutter.hidden = false;
    gutter.style.setProperty("height", `${text.clientHeight}px`);
    gutter.scrollTop = text.scrollTop;
  };

  const go = (line, column) => {
    const before = text.value.split("\n").slice(0, line - 1);
    const at = before.reduce((sum, one) => sum + one.length + 1, 0) + Math.max(0, column - 1);
    text.focus();
    text.setSelectionRange(at, at);
    const height = Number.parseFloat(getComputedStyle(text).lineHeight) || 21;
    text.scrollTop = Math.max(0, (line - 5) * height);
  };

  const place = (line, column) => form.dataset.place.replace("%1", line).replace("%2", column);

  const show = (check) => {
    sum.textContent = check.fine
      ? form.dataset.good.replace("%1", check.title).replace("%2", check.version).replace("%3", check.steps)
      : form.dataset.bad.replace("%1", check.problems.length);
    sum.className = `editor__sum editor__sum--${check.fine ? "good" : "bad"}`;
    problems.replaceChildren(...check.problems.map((problem) => {
      const item = element("li");
      const head = element("p", "", "problems__place");
      const link = element("a", place(problem.line, problem.column));
      link.href = "#text";
      link.dataset.line = problem.line;
      link.dataset.column = problem.column;
      head.append(link, " ", element("code", problem.code, "small muted"));
      item.append(head);
      if (problem.excerpt) {
        const line = element("p", "", "problems__line");
        line.append(element("code", problem.excerpt));
        item.append(line);
      }
      const words = element("p");
      words.append(element("strong", problem.message), ` ${problem.hint}`);
      item.append(words);
      return item;
    }));
    bad = new Set(check.problems.map((problem) => problem.line));
    number();
  };

  const cell = (words, at, kind) => {
    const made = element("td", words, kind);
    made.dataset.label = heads[at];
    return made;
  };

  const picturedAs = (svg) => {
    const bytes = new TextEncoder().encode(svg);
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return `data:image/svg+xml;base64,${btoa(binary)}`;
  };

  const play = (answer) => {
    simulated.hidden = false;
    delete simulated.dataset.stale;
    picture.src = picturedAs(answer.svg);
    more.hidden = !answer.more;
    rows.replaceChildren(...answer.rows.map((row) => {
      const line = element("tr");
      const what = cell(row.what, 3, "list__main");
      if (row.text) what.append(element("span", row.text, "list__sub"));
      const why = cell("", 4);
      if (row.step) why.append(element("code", row.step, "small"), " ");
      why.append(row.why);
      line.append(cell(row.after, 0, "nowrap inline"), cell(row.at, 1, "nowrap inline"), cell(row.who, 2), what, why);
      return line;
    }));
  };

  const ticked = (name) => [...form.querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.value);

  const ask = async () => {
    const mine = ++asked;
    const body = {
      text: text.value, silent: ticked("silent"), with: ticked("with"),
      category: form.elements.category.value, from: form.elements.from.value,
      answers: form.elements.answers.value.split(/\s+/).filter(Boolean),
    };
    const post = (path) => fetch(path, {
      method: "POST", credentials: "same-origin", body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRF-Token": form.dataset.csrf },
    });
    try {
      let answer = await post("/api/v1/playbooks/simulate");
      if (answer.status === 422) {
        // What is assumed cannot be (an answer half typed): the text is checked all the same.
        answer = await post("/api/v1/playbooks/check");
        if (!answer.ok) throw new Error(String(answer.status));
        const check = await answer.json();
        if (mine === asked) { show(check); simulated.dataset.stale = ""; }
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      if (mine !== asked) return;
      show(found.check);
      if (found.check.fine) play(found); else simulated.dataset.stale = "";
    } catch {
      if (mine === asked) {
        sum.textContent = form.dataset.lost;
        sum.className = "editor__sum";
      }
    }
  };

  const soon = () => { clearTimeout(timer); timer = setTimeout(ask, 600); };
  text.addEventListener("input", () => { number(); soon(); });
  text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
  new ResizeObserver(number).observe(text);
  for (const box of form.querySelectorAll("[name=silent], [name=with], [name=category], [name=from], [name=answers]")) {
    box.addEventListener("change", soon);
  }
  problems.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    go(Number(link.dataset.line), Number(link.dataset.column));
  });
  number();
}

if (form) editor();

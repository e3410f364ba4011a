// The table of tasks: search, filters, sorting.

const index = JSON.parse(document.getElementById("index").textContent);
const PAGE = 200;
const ERROR = index.outcomes.length - 1;

const chip = (outcome) => make("span", { class: `chip o-${outcome ?? "none"}` }, make("i"), outcome === null || outcome === undefined ? "no verdict yet" : index.outcomes[outcome]);

function sumUp(task) {
  const seen = task.outcomes.reduce((sum, count) => sum + count, 0);
  task.judged = seen - task.outcomes[ERROR];
  task.missing = task.planned - seen;
  task.passed = task.outcomes[0];
  task.rate = task.judged ? task.passed / task.judged : -1;
  return task;
}
const firsts = index.runs.map((_, run) => index.tasks.findIndex((task) => task[0] === run));
const tasks = index.tasks.map(([run, name, planned, outcomes, cpu, language, groups], number) =>
  sumUp({ number, place: number - firsts[run], run, name, planned, outcomes, cpu, language, groups, find: name.toLowerCase() }));
const many = { run: index.runs.length > 1, language: index.languages.filter(Boolean).length > 1, group: index.groups.length > 0 };
const state = { sort: "order", down: false, limit: PAGE, rows: tasks };
const collate = new Intl.Collator("en", { numeric: true }).compare;

const ORDER = {
  order: (a, b) => a.number - b.number,
  name: (a, b) => collate(a.name, b.name),
  run: (a, b) => a.run - b.run,
  rate: (a, b) => a.rate - b.rate,
  cpu: (a, b) => a.cpu - b.cpu,
  language: (a, b) => collate(index.languages[a.language], index.languages[b.language]),
};
const COLUMNS = [
  { key: "name", title: "Task" },
  { key: "run", title: "Run", show: many.run, css: "h-run" },
  { key: "language", title: "Language", show: many.language, css: "wide-only" },
  { key: "rate", title: "Passed" },
  { title: "Samples" },
  { title: "Otherwise", css: "h-words" },
  { key: "cpu", title: "CPU, slowest", css: "right wide-only" },
].filter((column) => column.show !== false);

const KEEPS = {
  always: (task) => task.judged > 0 && task.passed === task.judged,
  sometimes: (task) => task.passed > 0 && task.passed < task.judged,
  never: (task) => task.judged > 0 && task.passed === 0,
  open: (task) => task.judged === 0 || task.missing > 0,
};

function select(id, label, options) {
  byId(id).replaceChildren(make("option", { value: "" }, label), ...options.map(([value, text]) => make("option", { value }, text)));
}

function filtered() {
  const words = byId("q").value.toLowerCase().split(/\s+/).filter(Boolean);
  const value = (id) => byId(id).value;
  const [run, status, outcome, language, group] = ["run", "status", "outcome", "language", "group"].map(value);
  const rows = tasks.filter((task) =>
    words.every((word) => task.find.includes(word)) &&
    (run === "" || task.run === Number(run)) &&
    (status === "" || KEEPS[status](task)) &&
    (outcome === "" || task.outcomes[Number(outcome)] > 0) &&
    (language === "" || task.language === Number(language)) &&
    (group === "" || task.groups.includes(Number(group))));
  const order = ORDER[state.sort];
  return rows.sort((a, b) => (state.down ? order(b, a) : order(a, b)) || a.number - b.number);
}

function stack(task) {
  const bar = make("div", { class: "stack", "aria-hidden": "true" });
  task.outcomes.forEach((count, outcome) => {
    if (!count) return;
    const part = make("span", { class: `o-${outcome}` });
    part.style.flexGrow = count;
    bar.append(part);
  });
  if (task.missing) {
    const part = make("span", { class: "o-none" });
    part.style.flexGrow = task.missing;
    bar.append(part);
  }
  return bar;
}

function words(task) {
  const parts = task.outcomes.map((count, outcome) => (count && outcome ? [count, outcome] : null)).filter(Boolean);
  parts.sort((a, b) => b[0] - a[0]);
  const texts = parts.map(([count, outcome]) => (task.planned === 1 ? index.outcomes[outcome] : `${count} ${index.outcomes[outcome]}`));
  if (task.missing) texts.push(task.planned === 1 ? "no verdict yet" : `${task.missing} without a verdict yet`);
  return texts.join(", ");
}

function row(task) {
  const cells = { name: () => make("th", { scope: "row" },
      make("button", { type: "button", class: "link", "data-number": task.number }, task.name),
      many.run ? make("span", { class: "sub-run" }, index.runs[task.run].label) : null),
    run: () => make("td", { class: "run-cell" }, index.runs[task.run].label),
    language: () => make("td", { class: "wide-only" }, index.languages[task.language]),
    rate: () => make("td", {}, task.judged ? `${task.passed} of ${task.judged}` : "–"),
    Samples: () => make("td", {}, stack(task)),
    Otherwise: () => make("td", { class: "words" }, words(task)),
    cpu: () => make("td", { class: "right wide-only" }, seconds(task.cpu)) };
  return make("tr", {}, ...COLUMNS.map((column) => cells[column.key || column.title]()));
}

function heads() {
  const line = byId("table").tHead.rows[0];
  line.replaceChildren(...COLUMNS.map((column) => {
    if (!column.key) return make("th", { scope: "col", class: column.css || "" }, column.title);
    const active = state.sort === column.key;
    const mark = active ? (state.down ? " ↓" : " ↑") : "";
    const head = make("th", { scope: "col", class: column.css || "" },
      make("button", { type: "button", class: "sort", "data-sort": column.key }, column.title + mark));
    if (active) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    return head;
  }));
}

function draw() {
  const body = byId("table").tBodies[0];
  const shown = state.rows.slice(0, state.limit);
  body.replaceChildren(...shown.map(row));
  const all = state.rows.length === tasks.length;
  byId("found").textContent = all ? plural(tasks.length, "task") : `${state.rows.length.toLocaleString("en")} of ${plural(tasks.length, "task")}`;
  const rest = state.rows.length - shown.length;
  byId("more").hidden = rest <= 0;
  byId("more").textContent = `Show ${Math.min(rest, PAGE).toLocaleString("en")} more of ${rest.toLocaleString("en")}`;
}

function refresh() {
  state.limit = PAGE;
  state.rows = filtered();
  draw();
}

function startTable() {
  select("run", "all", index.runs.map((run, number) => [number, run.label]));
  select("outcome", "any", index.outcomes.map((text, number) => [number, text]).filter(([number]) => tasks.some((task) => task.outcomes[number])));
  select("language", "all", index.languages.map((name, number) => [number, name || "not known"]));
  select("group", "all", index.groups.map((name, number) => [number, name]));
  for (const name of ["run", "language", "group"]) byId(`f-${name}`).hidden = !many[name];
  byId("filters").addEventListener("input", refresh);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => { state.sort = "order"; state.down = false; heads(); setTimeout(refresh); });
  byId("more").addEventListener("click", () => {
    const first = state.limit;
    state.limit += PAGE;
    draw();
    byId("table").tBodies[0].rows[first]?.querySelector("button").focus();
  });
  byId("table").tHead.addEventListener("click", (event) => {
    const key = event.target.closest("[data-sort]")?.dataset.sort;
    if (!key) return;
    state.down = state.sort === key ? !state.down : key === "cpu";
    state.sort = key;
    heads();
    refresh();
    byId("table").querySelector(`[data-sort="${key}"]`).focus();
  });
  byId("table").tBodies[0].addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const line = event.target.closest("tr");
    if (!step || !line) return;
    const next = step > 0 ? line.nextElementSibling : line.previousElementSibling;
    next?.querySelector("button").focus();
    event.preventDefault();
  });
  heads();
  refresh();
}

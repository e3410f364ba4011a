// The list of runs: search, filters, sorting, a choice to compare. It follows the folder.

const LISTED = JSON.parse(byId("listing").textContent);
const list = { runs: LISTED.runs, suites: new Map(), sort: "created", down: true, chosen: new Set() };
const MOST_RUNS = 8;
const collate = new Intl.Collator("en", { numeric: true }).compare;
const shareOf = (run) => (run.judged === null || !run.planned ? -1 : run.judged / run.planned);
const KEYS = {
  benchmark: (a, b) => collate(a.benchmark, b.benchmark) || collate(a.path, b.path),
  model: (a, b) => collate(a.model, b.model),
  status: (a, b) => collate(a.status || "", b.status || ""),
  score: (a, b) => (a.score ? a.score.value : -1) - (b.score ? b.score.value : -1),
  samples: (a, b) => shareOf(a) - shareOf(b),
  created: (a, b) => collate(a.created, b.created),
};
const COLUMNS = [
  { title: "Compare", css: "pick", unseen: true },
  { key: "benchmark", title: "Run" },
  { key: "model", title: "Model", css: "wide-only" },
  { key: "status", title: "Status" },
  { key: "score", title: "Score" },
  { key: "samples", title: "Samples", css: "wide-only" },
  { key: "created", title: "Started, UTC", css: "wide-only right" },
];
const percent = (value) => `${(value * 100).toFixed(1)}%`;
const statusOf = (run) => (run.problem ? "problem" : run.status || "");

function cells(run) {
  const box = make("input", { type: "checkbox", "data-id": run.id, "aria-label": `Compare ${run.path}` });
  box.checked = list.chosen.has(run.id);
  box.disabled = !run.judged;
  const name = make("th", { scope: "row" }, make("a", { href: `/run/${run.id}`, class: "name" }, run.benchmark || run.path),
    make("span", { class: "settings" }, run.path), run.problem ? make("span", { class: "why" }, run.problem) : null);
  const status = statusOf(run);
  const bar = make("div", { class: "progress", "aria-hidden": "true" });
  if (run.judged) { const part = make("span"); part.style.width = `${Math.min(100, shareOf(run) * 100)}%`; bar.append(part); }
  return [
    make("td", { class: "pick" }, box), name,
    make("td", { class: "wide-only value" }, run.model),
    make("td", {}, make("span", { class: `state ${status}` }, { problem: "cannot be read", "": "counting…" }[status] ?? status)),
    run.score ? make("td", {}, make("strong", {}, percent(run.score.value)), make("span", { class: "range" }, `${percent(run.score.low)} to ${percent(run.score.high)}`), make("span", { class: "range" }, run.score.name)) : make("td", { class: "faint" }, "–"),
    make("td", { class: "wide-only" }, run.planned ? `${run.judged === null ? "?" : run.judged.toLocaleString("en")} of ${run.planned.toLocaleString("en")}` : "–", run.planned ? bar : null),
    make("td", { class: "wide-only right" }, run.created.slice(0, 16).replace("T", " ")),
  ];
}

function shown() {
  const words = byId("q").value.toLowerCase().split(/\s+/).filter(Boolean);
  const value = (id) => byId(id).value;
  const rows = list.runs.filter((run) => {
    const text = `${run.benchmark} ${run.model} ${run.path} ${list.suites.get(run.suite)?.name ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word)) && (!value("benchmark") || run.benchmark === value("benchmark")) &&
      (!value("model") || run.model === value("model")) && (!value("status") || statusOf(run) === value("status"));
  });
  const order = KEYS[list.sort];
  return rows.sort((a, b) => (list.down ? order(b, a) : order(a, b)) || collate(a.path, b.path));
}

// Runs of a suite stand together, where the first of them does; suites without a run come last.
function grouped(rows) {
  const groups = [];
  const ofSuite = new Map();
  for (const run of rows) {
    let group = run.suite ? ofSuite.get(run.suite) : groups.at(-1);
    if (!group || group.suite !== run.suite) {
      groups.push(group = { suite: run.suite, runs: [] });
      if (run.suite) ofSuite.set(run.suite, group);
    }
    group.runs.push(run);
  }
  if (rows.length === list.runs.length) {
    for (const suite of list.suites.keys()) if (!ofSuite.has(suite)) groups.push({ suite, runs: [] });
  }
  return groups;
}

function suiteRow(suite) {
  const running = list.runs.some((run) => run.suite === suite.id && run.status === "running");
  const status = running ? "running" : suite.done === suite.planned ? "finished" : "unfinished";
  const state = suite.problem ? make("span", { class: "state problem" }, "cannot be read")
    : make("span", { class: `state ${status}` }, `${status}, ${suite.done} of ${plural(suite.planned, "run")} done`);
  return make("tr", { class: "suite" }, make("th", { scope: "rowgroup", colspan: COLUMNS.length },
    make("span", { class: "name" }, suite.name || suite.path), make("span", { class: "tag" }, "suite"), state,
    make("span", { class: "settings" }, suite.path),
    ...[suite.problem, ...suite.failed].filter(Boolean).map((text) => make("span", { class: "why" }, text))));
}

function draw() {
  const rows = shown();
  const focus = document.activeElement?.closest?.("#table tbody tr")?.dataset.id;
  const kind = document.activeElement?.tagName;
  byId("table").replaceChildren(byId("table").tHead, ...grouped(rows).map(({ suite, runs }) => make("tbody", {},
    suite ? suiteRow(list.suites.get(suite)) : null, ...runs.map((run) => make("tr", { "data-id": run.id, class: suite ? "nested" : "" }, ...cells(run))))));
  if (focus) byId("table").querySelector(`tr[data-id="${focus}"] ${kind === "INPUT" ? "input" : "a"}`)?.focus();
  byId("found").textContent = rows.length === list.runs.length ? plural(rows.length, "run") : `${rows.length.toLocaleString("en")} of ${plural(list.runs.length, "run")}`;
  const count = list.chosen.size;
  byId("compare").disabled = count < 2 || count > MOST_RUNS;
  byId("compare").textContent = count ? `Compare ${plural(count, "run")}` : "Compare";
}

function heads() {
  byId("table").tHead.rows[0].replaceChildren(...COLUMNS.map((column) => {
    if (!column.key) return make("th", { scope: "col", class: column.css || "" }, make("span", { class: "unseen" }, column.title));
    const active = list.sort === column.key;
    const head = make("th", { scope: "col", class: column.css || "" },
      make("button", { type: "button", class: "sort", "data-sort": column.key }, column.title + (active ? (list.down ? " ↓" : " ↑") : "")));
    if (active) head.setAttribute("aria-sort", list.down ? "descending" : "ascending");
    return head;
  }));
}

function options(id) {
  const select = byId(id);
  const names = [...new Set(list.runs.map((run) => run[id]).filter(Boolean))].sort(collate);
  const kept = select.value;
  select.replaceChildren(make("option", { value: "" }, "all"), ...names.map((name) => make("option", { value: name }, name)));
  select.value = names.includes(kept) ? kept : "";
}

function took(listing) {
  list.runs = listing.runs;
  list.suites = new Map(listing.suites.map((suite) => [suite.id, suite]));
  byId("incomplete").hidden = !listing.incomplete;
  const there = new Set(list.runs.map((run) => run.id));
  list.chosen.forEach((id) => { if (!there.has(id)) list.chosen.delete(id); });
  options("benchmark");
  options("model");
  draw();
}

byId("filters").addEventListener("input", draw);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("filters").addEventListener("reset", () => setTimeout(draw));
byId("table").addEventListener("change", (event) => {
  const { id } = event.target.dataset;
  if (!id) return;
  if (event.target.checked) list.chosen.add(id); else list.chosen.delete(id);
  draw();
});
byId("table").tHead.addEventListener("click", (event) => {
  const key = event.target.closest("[data-sort]")?.dataset.sort;
  if (!key) return;
  list.down = list.sort === key ? !list.down : key === "created" || key === "score";
  list.sort = key;
  heads();
  draw();
  byId("table").querySelector(`[data-sort="${key}"]`).focus();
});
byId("table").addEventListener("keydown", (event) => {
  const lines = [...byId("table").querySelectorAll("tr[data-id]")];
  const at = lines.indexOf(event.target.closest("tr"));
  const next = at < 0 ? null : { ArrowDown: lines[at + 1], ArrowUp: lines[at - 1] }[event.key];
  if (!next) return;
  next.querySelector(event.target.tagName === "INPUT" ? "input" : "a").focus();
  event.preventDefault();
});
byId("compare").addEventListener("click", () => {
  const order = [...list.runs].reverse().filter((run) => list.chosen.has(run.id)); // the oldest is the baseline
  location.href = `/compare?${order.map((run) => `run=${run.id}`).join("&")}`;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input[type=search], select") && !event.ctrlKey && !event.metaKey) { event.preventDefault(); byId("q").focus(); }
  else if (event.key === "Escape" && event.target === byId("q")) { byId("q").value = ""; draw(); }
});
heads();
took(LISTED);
follow("/events", { change: took });

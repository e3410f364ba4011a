// A run as it is now: progress, charts when they are drawn, search.

const page = JSON.parse(byId("page").textContent);
const percent = (value) => `${(value * 100).toFixed(1)}%`;
const number = (value) => value.toLocaleString("en");
const span = (value) => (value < 90 ? `${Math.round(value)} s` : value < 5400 ? `${Math.round(value / 60)} min` : `${(value / 3600).toFixed(1)} h`);
const range = (text) => make("span", { class: "range" }, text);
let drawn = false;
let refreshed = Date.now();

// made by the server's templates, in which every text is escaped; the policy lets no script in it run
const fill = (text) => byId("results").replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);

// The scores of a run that is going, without charts.
async function refreshScores() {
  if (drawn || Date.now() - refreshed < 5000) return;
  refreshed = Date.now();
  const response = await fetch(page.scores);
  if (response.ok && !drawn) fill(await response.text());
}

async function drawCharts() {
  byId("draw").hidden = true;
  byId("drawing").textContent = "Reading all samples and drawing charts…";
  try {
    const response = await fetch(page.results);
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    fill(text);
    byId("drawing").textContent = "";
    drawn = true;
  } catch (error) {
    byId("drawing").textContent = `The charts could not be drawn: ${error.message}`;
    byId("draw").hidden = false;
  }
}

function meter(live) {
  const parts = live.outcomes.map((count, outcome) => {
    if (!count) return null;
    const part = make("span", { class: `o-${outcome}` });
    part.style.flexGrow = count;
    return part;
  }).filter(Boolean);
  const rest = make("span", { class: "rest" });
  rest.style.flexGrow = Math.max(0, live.planned - live.judged);
  byId("l-meter").replaceChildren(...parts, rest);
  byId("l-meter").setAttribute("aria-valuenow", live.planned ? String(Math.floor((100 * live.judged) / live.planned)) : "0");
}

const jump = (task, sample, ...children) => make("a", { class: "link", href: `#task/${task}/${sample}` }, ...children);

function show(live) {
  const put = (id, ...children) => byId(id).replaceChildren(...children);
  byId("l-status").className = `tag ${live.status}`;
  byId("l-status").textContent = live.status;
  put("l-judged", number(live.judged), range(`of ${number(live.planned)} samples${live.planned ? `, ${percent(live.judged / live.planned)}` : ""}`));
  put("l-generated", number(live.generated), range(live.unanswered ? `${number(live.unanswered)} without an answer` : `of ${number(live.planned)} samples`));
  byId("l-metric").textContent = live.score ? `${live.score.name}${live.status === "finished" ? "" : " so far"}` : "Score";
  put("l-score", live.score ? percent(live.score.value) : "–", range(live.score ? `${percent(live.score.low)} to ${percent(live.score.high)}` : "nothing judged yet"));
  put("l-tokens", number(live.tokens), range("generated"));
  const { pace } = live;
  const rate = (value) => value.toLocaleString("en", { minimumFractionDigits: value < 10 ? 1 : 0, maximumFractionDigits: value < 10 ? 1 : 0 });
  put("l-pace", pace ? `${rate(pace.tokens_s)} tokens/s` : "–",
    range(pace ? `${rate(pace.samples_s * 60)} samples/min${pace.left_s === null ? "" : `, ${span(pace.left_s)} left`}` : live.status === "running" ? "measuring" : live.status));
  meter(live);
  put("l-outcomes", ...live.outcomes.map((count, outcome) => (count ? make("span", {}, chip(outcome), ` ${number(count)}`) : null)).filter(Boolean));
  put("l-messages", ...(live.messages.length ? live.messages.map(([outcome, text, count, task, sample]) => make("li", {}, make("span", { class: "amount" }, `${number(count)} ×`), chip(outcome), jump(task, sample, make("code", {}, text)))) : [make("li", { class: "faint" }, "none")]));
  put("l-slowest", ...(live.slowest.length ? live.slowest.map(([task, name, sample, outcome, cpu, wall]) => make("li", {}, make("span", { class: "amount" }, seconds(cpu)), chip(outcome), jump(task, sample, `${name}, sample ${sample}`), make("span", { class: "faint" }, `wall ${seconds(wall)}`))) : [make("li", { class: "faint" }, "none")]));
  byId("l-problem").hidden = !live.problem;
  byId("l-problem").textContent = live.problem;
}

function change(live) {
  const before = page.live.status;
  page.live = live;
  show(live);
  if (live.tasks.length) {
    if (live.tasks.some(([task]) => !tasks[task])) { location.reload(); return; } // the plan has grown
    live.tasks.forEach(([task, outcomes, cpu]) => { Object.assign(tasks[task], { outcomes, cpu }); sumUp(tasks[task]); });
    const { limit } = state;
    state.rows = filtered();
    state.limit = limit;
    const row = document.activeElement?.closest?.("#table tbody tr")?.querySelector("button").dataset.number;
    draw();
    if (row !== undefined) byId("table").querySelector(`button[data-number="${row}"]`)?.focus();
  }
  if (live.tasks.length && page.scores) refreshScores();
  if (live.status === "finished" && before !== "finished") drawCharts();
  else if (!drawn && live.status !== "finished") byId("draw").hidden = byId("drawing").textContent !== "" || !live.judged;
}

function startSearch() {
  const places = byId("s-places");
  byId("searching").addEventListener("submit", async (event) => {
    event.preventDefault();
    const query = byId("s-q").value;
    places.replaceChildren();
    byId("s-found").textContent = "Searching…";
    try {
      const response = await fetch(`${page.search}?q=${encodeURIComponent(query)}`);
      if (!response.ok) throw new Error(await response.text());
      const { found, more } = await response.json();
      if (byId("s-q").value !== query) return;
      byId("s-found").textContent = more ? `The first ${plural(found.length, "place")}` : plural(found.length, "place");
      places.replaceChildren(...found.map((each) => make("li", {}, jump(each.task, each.sample, `${each.task_id}, sample ${each.sample}`), make("span", { class: "faint" }, `, ${each.where}`),
        make("span", { class: "why" }, each.before, make("mark", {}, each.match), each.after))));
    } catch (error) { byId("s-found").textContent = error.message; }
  });
}

if (page.search) startSearch();
if (page.live) { show(page.live); byId("draw").hidden = page.at_once || !page.live.judged; }
byId("draw").addEventListener("click", drawCharts);
if (page.at_once) drawCharts();
if (page.events && page.live.status !== "finished") follow(`${page.events}?since=${page.live.version}`, { change, problem: (text) => { byId("l-problem").hidden = false; byId("l-problem").textContent = text; } });
if (page.beside && innerWidth >= 1000) { opened.beside = true; if (opened.detail) showSample(opened.sample); }

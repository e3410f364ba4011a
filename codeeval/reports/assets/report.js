// One task's page within the page, and what else the report does.

const size = (bytes) => { let unit = 0; while (bytes >= 1000 && unit < 3) { bytes /= 1000; unit += 1; } return `${bytes.toFixed(unit === 3 ? 1 : 0)} ${["bytes", "kB", "MB", "GB"][unit]}`; };
const opened = { number: -1, from: null, detail: null, sample: 0, beside: false };

// Of a task what is shown when it is opened: from the page, or from the server that the page is of.
async function unpack(number, sample) {
  const task = tasks[number];
  const { details } = index.runs[task.run];
  if (details) {
    const response = await fetch(`${details}${task.place}${sample === undefined ? "" : `?sample=${sample}`}`);
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  }
  if (!("DecompressionStream" in window)) throw new Error("this browser cannot unpack it: it lacks DecompressionStream");
  const bytes = Uint8Array.from(atob(byId(`d${number}`).textContent), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function painted(texts) {
  const nodes = document.createDocumentFragment();
  for (const pieces of texts) {
    for (let at = 0; at < pieces.length; at += 2) {
      nodes.append(pieces[at] ? make("span", { class: `t${pieces[at]}` }, pieces[at + 1]) : pieces[at + 1]);
    }
  }
  return nodes;
}
const codeBox = (label, ...texts) => make("pre", { class: "code", tabindex: "0", role: "region", "aria-label": label }, painted(texts));
function fold(title, open, ...children) {
  const box = make("details", {}, make("summary", {}, title), ...children);
  box.open = open;
  return box;
}
const pair = (name, value) => make("span", { class: "pair" }, make("b", {}, `${name} `), value);

function promptBox(detail) {
  const turns = detail.prompt || [];
  if (!turns.length) return null;
  const box = fold("Prompt", true, ...turns.flatMap(([role, text]) => [turns.length > 1 ? make("h3", {}, role) : null, codeBox(`Prompt, ${role}`, text)]));
  box.className = "prompt";
  return box;
}

function verdictLine(sample) {
  const line = make("div", { class: "verdict" }, make("span", { class: "big" }, chip(sample.outcome)));
  for (const [name, outcome] of sample.parts || []) line.append(make("span", { class: "pair" }, make("b", {}, `${name} `), chip(outcome)));
  if (sample.rule) line.append(pair("extracted by", sample.rule));
  if (sample.wall_s) line.append(pair("wall", seconds(sample.wall_s)), pair("CPU", seconds(sample.cpu_s) || "0 ms"), pair("memory", size(sample.rss_bytes || 0)));
  if (sample.attempts > 1) line.append(pair("executed", `${sample.attempts} times`));
  if (sample.finish && sample.finish !== "unknown") line.append(pair("ended by", sample.finish));
  const [, out] = sample.tokens || [0, 0];
  if (out) line.append(pair("tokens", String(out)));
  if (sample.latency_s) line.append(pair("model", seconds(sample.latency_s)));
  return line;
}

function sampleBox(detail, sample, whose = "") {
  const code = (label, ...texts) => codeBox(whose + label, ...texts);
  const text = (number) => detail.texts[number];
  const raw = sample.completion;
  const files = sample.files || [];
  const box = make("div", {}, verdictLine(sample));
  if (sample.detail?.length) box.append(make("pre", { class: "detail", tabindex: "0", role: "region", "aria-label": `${whose}Verdict in detail` }, painted([sample.detail])));
  for (const [name, , why] of sample.parts || []) if (why.length) box.append(make("h3", {}, `${name}, in detail`), code(`${name}, in detail`, why));
  if (sample.stderr?.length) box.append(fold("Standard error, its end", true, code("Standard error", sample.stderr)));
  if (sample.stdout?.length) box.append(fold("Standard output, its end", true, code("Standard output", sample.stdout)));
  if (sample.code !== undefined && sample.code !== null) box.append(fold("Code, as extracted", true, code("Code", text(sample.code))));
  if (raw !== undefined && raw !== null) {
    const same = sample.code === undefined || sample.code === null;
    box.append(fold(same && files.length ? "Completion, which is the code" : "Completion, as the model wrote it", same, code("Completion", text(raw))));
  }
  for (const [name, pieces] of files) box.append(fold(`Program: ${name}`, false, code(name, ...pieces.map(text))));
  return box;
}

function stripBox(detail) {
  if (detail.strip.length < 2 || detail.strip.length > 3000) return null;
  return make("div", { class: "strip", "aria-hidden": "true" }, ...[...detail.strip].map((digit, number) =>
    make("span", { class: `o-${digit === "-" ? "none" : digit}`, title: `sample ${number}` })));
}

function restNote(task, detail) {
  const run = index.runs[task.run];
  const rest = task.planned - task.missing - (detail.samples || []).length;
  if (rest <= 0) return null;
  if (run.details) {
    const field = make("input", { type: "number", min: 0, max: task.planned - 1, "aria-label": "Number of another sample", required: "" });
    const form = make("form", { class: "another" }, make("span", { class: "faint" }, `${plural(rest, "more sample")}, failing ones shown first. `), field, make("button", { class: "quiet" }, "Show this sample"));
    form.addEventListener("submit", (event) => { event.preventDefault(); go(task.number, field.value); });
    return form;
  }
  return make("p", { class: "faint" }, `${plural(rest, "more sample")} not on this page, failing ones shown first: `,
    make("a", { href: run.verdicts }, "verdicts"), ", ", make("a", { href: run.completions }, "completions"), ".");
}

const sameTask = (task) => tasks.filter((each) => each.name === task.name && each.run !== task.run && index.runs[each.run].benchmark === index.runs[task.run].benchmark);
function others(task) {
  const same = sameTask(task);
  if (!same.length) return null;
  const both = make("button", { type: "button", class: "quiet wide-only", "aria-pressed": String(opened.beside) }, "Side by side");
  both.addEventListener("click", () => {
    opened.beside = !opened.beside;
    both.setAttribute("aria-pressed", String(opened.beside));
    byId("dialog").classList.toggle("double", opened.beside);
    showSample(opened.sample);
  });
  return make("p", { class: "same" }, both, " ", make("span", { class: "faint" }, "The same task in "), ...same.flatMap((each, at) => [at ? ", " : null,
    make("button", { type: "button", class: "link", "data-number": each.number }, `${index.runs[each.run].label} (${each.passed} of ${each.judged})`)]));
}

function showSample(number) {
  const { detail } = opened;
  const sample = detail.samples.find((each) => each.number === number) || detail.samples[0];
  opened.sample = sample.number;
  for (const button of document.querySelectorAll(".picker button")) button.setAttribute("aria-pressed", String(Number(button.dataset.sample) === sample.number));
  byId("d-sample").replaceChildren(sampleBox(detail, sample));
  if (opened.beside) showBeside();
}

// The same sample of the same task in another run, where the page is of several.
async function showBeside() {
  const task = tasks[opened.number];
  const other = sameTask(task)[0];
  const mine = byId("d-sample").firstChild;
  if (!other || innerWidth < 1000) return;
  const asked = opened.sample;
  let detail;
  try { detail = await unpack(other.number, asked < other.planned ? asked : undefined); } catch { return; }
  if (tasks[opened.number] !== task || opened.sample !== asked || !mine.isConnected) return;
  const sample = (detail.samples || []).find((each) => each.number === asked) || (detail.samples || [])[0];
  const titled = (each, number, box) => make("section", { "aria-label": index.runs[each.run].label }, make("h3", {}, `${index.runs[each.run].label}, sample ${number}`), box);
  const pairs = [[task, asked, mine], sample ? [other, sample.number, sampleBox(detail, sample, `${index.runs[other.run].label}: `)] : [other, asked, make("p", { class: "faint" }, "no sample")]];
  byId("d-sample").replaceChildren(make("div", { class: "beside" }, ...pairs.sort((a, b) => a[0].run - b[0].run).map((each) => titled(...each))));
}

async function openTask(number, sample) {
  const task = tasks[number];
  if (!task) return;
  const dialog = byId("dialog");
  dialog.classList.toggle("double", opened.beside && sameTask(task).length > 0);
  if (!dialog.open) { opened.from = document.activeElement; dialog.showModal(); }
  opened.number = number;
  const run = index.runs[task.run];
  byId("d-title").textContent = task.name;
  byId("d-sub").textContent = `${run.benchmark} · ${run.label} · ${task.judged ? `${task.passed} of ${task.judged} passed` : "no verdict yet"}`;
  const place = state.rows.indexOf(task);
  byId("d-prev").disabled = place <= 0;
  byId("d-next").disabled = place < 0 || place >= state.rows.length - 1;
  const body = byId("d-body");
  body.replaceChildren(make("p", { class: "faint" }, "Unpacking…"));
  let detail;
  try { detail = await unpack(number, sample); } catch (error) { body.replaceChildren(make("p", { class: "note" }, `This task could not be shown: ${error.message}`)); return; }
  if (opened.number !== number) return;
  opened.detail = detail;
  const samples = detail.samples || [];
  body.replaceChildren(...[
    detail.missing ? make("p", { class: "note" }, detail.missing) : null,
    others(task), promptBox(detail), make("h3", {}, plural(task.planned, "sample")), stripBox(detail),
    samples.length ? make("div", { class: "picker", role: "group", "aria-label": "Samples" }, ...samples.map((each) =>
      make("button", { type: "button", class: "quiet", "data-sample": each.number, "aria-pressed": "false" }, `#${each.number} `, chip(each.outcome)))) : make("p", { class: "faint" }, "None of its samples is on this page."),
    restNote(task, detail),
    detail.limits?.length ? make("p", { class: "faint" }, `Limits of ${detail.limits.join("; ")}`) : null,
    make("div", { id: "d-sample" })].filter(Boolean));
  body.dataset.number = number;
  if (samples.length) showSample(sample ?? samples[0].number);
  body.scrollTop = 0;
  byId("d-title").focus();
}

function go(number, sample) { location.hash = `task/${number}${sample === undefined ? "" : `/${sample}`}`; }
function route() {
  const match = /^#task\/(\d+)(?:\/(\d+))?$/.exec(location.hash);
  if (match) openTask(Number(match[1]), match[2] === undefined ? undefined : Number(match[2]));
  else if (byId("dialog").open) byId("dialog").close();
}

function startDialog() {
  const dialog = byId("dialog");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.number) go(Number(button.dataset.number));
    else if (button?.dataset.task) { const found = tasks.find((task) => task.name === button.dataset.task && task.run === Number(button.dataset.run)); if (found) go(found.number); }
    else if (button?.dataset.sample) { history.replaceState(null, "", `#task/${opened.number}/${button.dataset.sample}`); showSample(Number(button.dataset.sample)); }
    else if (event.target === dialog) dialog.close();
  });
  const step = (by) => { const next = state.rows[state.rows.indexOf(tasks[opened.number]) + by]; if (next) go(next.number); };
  byId("d-prev").addEventListener("click", () => step(-1));
  byId("d-next").addEventListener("click", () => step(1));
  byId("d-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    opened.number = -1;
    if (location.hash.startsWith("#task/")) history.replaceState(null, "", "#");
    if (opened.from?.isConnected) opened.from.focus();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.target.closest("pre, input")) return;
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  window.addEventListener("hashchange", route);
}

function startTips() {
  const tip = byId("tip");
  const mark = (event) => event.target.closest?.(".chart [aria-label][role='graphics-symbol']:not([aria-roledescription='axis'])");
  document.addEventListener("pointermove", (event) => {
    const found = mark(event);
    tip.hidden = !found;
    if (!found) return;
    tip.textContent = found.getAttribute("aria-label");
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - box.width - 8))}px`;
    tip.style.top = `${event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 8 : event.clientY + 18}px`;
  });
  document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
}

function startCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = byId(button.dataset.copy);
    try { await navigator.clipboard.writeText(source.textContent); } catch { const range = document.createRange(); range.selectNodeContents(source); getSelection().removeAllRanges(); getSelection().addRange(range); document.execCommand("copy"); }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, select, textarea, dialog") && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    byId("q").focus();
  } else if (event.key === "Escape" && event.target === byId("q")) { byId("q").value = ""; refresh(); }
});
startTable();
startDialog();
startTips();
startCopying();
route();

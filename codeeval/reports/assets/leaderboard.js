// Sorting by column. The table itself stands in the page.

const table = byId("table");
const collate = new Intl.Collator("en", { numeric: true }).compare;
table.tHead.addEventListener("click", (event) => {
  const button = event.target.closest("[data-column]");
  if (!button) return;
  const head = button.closest("th");
  const column = Number(button.dataset.column);
  const down = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : column > 0;
  const value = (row) => row.cells[column].dataset.value;
  const order = column ? (a, b) => Number(value(a)) - Number(value(b)) : (a, b) => collate(value(a), value(b));
  const rows = [...table.tBodies[0].rows].sort((a, b) => (down ? order(b, a) : order(a, b)));
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  table.tBodies[0].append(...rows);
});

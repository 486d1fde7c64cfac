"use strict";

const NUMBER = /^[-+−]?[\d,]*\.?\d+(e[-+]?\d+)?(?=$|[\s%±,\]])/i;

/* A cell's value: a number if it begins with one ("0.910 ± 0.002"), the paper's number if there is no other
   ("- [0.914]"), null if it is a dash or empty. */
function value(row, column) {
  const text = row.cells[column].textContent.trim().replace(/^(- )?\[(?=\d)/, "");
  const number = text.match(NUMBER);
  return text === "" || text === "-" ? null : number ? parseFloat(number[0].replace(/,/g, "").replace("−", "-")) : text;
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/* Sort by one column. Cells without a value come last in both directions. */
function sort(table, column, direction) {
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [value(row, column), row]);
  const known = rows.filter(([key]) => key !== null).sort(([a], [b]) => direction * compare(a, b));
  body.append(...[...known, ...rows.filter(([key]) => key === null)].map(([, row]) => row));
}

function makeSortable(table) {
  const headings = [...[...table.tHead.rows].at(-1).cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const order = heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", order);
      sort(table, column, order === "ascending" ? 1 : -1);
    });
  });
}

/* Show the rows of a section's tables that have every word of the search field and every choice. */
function makeFilterable(form) {
  const section = form.closest("section");
  const rows = [...section.querySelectorAll("tbody tr")];
  const texts = rows.map((row) => [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase());
  const selects = [...form.querySelectorAll("select")];
  const search = form.querySelector("input");
  const count = section.querySelector(".count");
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    rows.forEach((row, i) => {
      const chosen = selects.every((s) => !s.value || row.cells[s.dataset.column].textContent === s.value);
      row.hidden = !(chosen && words.every((word) => texts[i].includes(word)));
    });
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = shown === rows.length ? `${shown} ${form.dataset.noun}` : `${shown} of ${rows.length} ${form.dataset.noun}`;
  };
  form.hidden = false;
  for (const kind of ["input", "change"]) form.addEventListener(kind, apply); /* a browser under test sends only one of them */
  form.addEventListener("submit", (event) => event.preventDefault());
  apply(); /* the browser may have kept the text of the last visit */
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
document.querySelectorAll("form.filters").forEach(makeFilterable);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); /* the address says which run is shown, so it stays */
  (document.querySelector("article:target") || document.getElementById("main")).focus();
});

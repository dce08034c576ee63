/**
 * What the page's only script does: the table of images gets buttons that sort it and a choice of results, and a link
 * to an image opens the table. Without it everything can be read all the same.
 *
 * Runs in the page: the page holds this function's text, so that it can use nothing outside of itself.
 */
function enhance(): void {
  const box = document.querySelector(".rows");
  const body = box?.querySelector("tbody");
  if (!box || !body) return;
  const heads = [...box.querySelectorAll<HTMLTableCellElement>("thead th")];
  const filter = Number((box as HTMLElement).dataset.filter);
  const cellText = (row: HTMLTableRowElement, column: number): string => row.cells[column].textContent ?? "";
  let [sorted, ascending] = [0, true];

  const sortBy = (column: number): void => {
    ascending = sorted === column ? !ascending : column === 0;
    sorted = column;
    const values = [...body.rows].map((row) => {
      const text = cellText(row, column);
      return { row, text, value: text === "" ? Number.NaN : Number(text) };
    });
    const sign = ascending ? 1 : -1;
    values.sort((a, b) => {
      const order = a.value - b.value;
      return sign * (Number.isNaN(order) ? a.text.localeCompare(b.text) : order);
    });
    body.append(...values.map(({ row }) => row));
    heads.forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
  };
  heads.forEach((head, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sortBy(i));
    head.replaceChildren(button);
  });

  const control = <T extends HTMLElement>(text: string, element: T): T => {
    const label = document.createElement("label");
    label.append(`${text} `, element);
    controls.append(label);
    return element;
  };
  const controls = document.createElement("div");
  controls.className = "controls";
  const select = control("result", document.createElement("select"));
  const results = [...new Set([...body.rows].map((row) => cellText(row, filter)))];
  for (const text of ["all", ...results]) select.append(new Option(text));
  const search = control("label or class", document.createElement("input"));
  const shown = document.createElement("output");
  controls.append(shown);
  const apply = (): void => {
    const wanted = search.value.trim();
    let count = 0;
    for (const row of body.rows) {
      const named = wanted === "" || cellText(row, 1) === wanted || cellText(row, 2) === wanted;
      const hidden = !named || (select.value !== "all" && cellText(row, filter) !== select.value);
      row.hidden = hidden;
      if (!hidden) count += 1;
    }
    shown.textContent = `${count} of ${body.rows.length} images`;
  };
  select.addEventListener("change", apply);
  search.addEventListener("input", apply);
  apply();
  box.prepend(controls);

  const openTarget = (): void => {
    const row = document.getElementById(location.hash.slice(1));
    if (!row || !box.contains(row)) return;
    const details = box.closest("details");
    if (details) details.open = true;
    row.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", openTarget);
  openTarget();
}

/** The script's text. */
export const SCRIPT = `(${enhance})();`;

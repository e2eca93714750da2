const search = document.querySelector("search");
const [text, isSet] = search.querySelectorAll("input");
const rows = [...document.querySelectorAll("tbody tr")];
const filter = () => {
  const words = text.value.toLowerCase().split(/\s+/);
  for (const row of rows) {
    const content = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => content.includes(word)) || (isSet.checked && row.className === "default");
  }
  for (const body of document.querySelectorAll("tbody")) body.hidden = !body.querySelector("tr:not([hidden])");
  const shown = rows.filter((row) => !row.hidden).length;
  search.querySelector("output").textContent = `${shown} of ${rows.length} settings`;
};
search.hidden = false;
search.addEventListener("input", filter);
filter();

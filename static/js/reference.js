// The page of the API with JavaScript: typing narrows the list at once, calls are copied with one press.
(() => {
  const form = document.querySelector("[data-filter]");
  const shown = document.querySelector("[data-count]");
  const operations = [...document.querySelectorAll("[data-sought]")];
  const sections = [...document.querySelectorAll("[data-group]")];
  const nothing = document.querySelector("[data-nothing]");
  for (const button of document.querySelectorAll(".operation [data-copies]")) button.hidden = false;

  // What an address leads to is open, also if it was folded up or filtered away.
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", unfold);
  unfold();

  if (new URLSearchParams(location.search).get("q")) return; // the server has narrowed it already
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    const words = target.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of operations) {
      one.hidden = !words.every((word) => one.dataset.sought.includes(word));
      count += !one.hidden;
    }
    for (const section of sections) {
      section.hidden = !section.querySelector("[data-sought]:not([hidden])");
      document.querySelector(`[data-group-link="${section.id}"]`).hidden = section.hidden;
    }
    for (const one of document.querySelectorAll('#introduction, a[href="#introduction"]')) one.hidden = words.length > 0;
    nothing.hidden = count > 0;
    shown.textContent = count;
  });
})();

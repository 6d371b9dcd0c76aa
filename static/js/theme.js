// Light, dark or as the system says, and the same for high contrast: kept in this browser. Loaded in
// <head> without defer, so that the first paint is already right.
(() => {
  const root = document.documentElement;
  const asked = matchMedia("(prefers-contrast: more)");
  const read = (name) => {
    try { return localStorage.getItem(name) || ""; } catch { return ""; } // storage may be blocked
  };
  const keep = (name, value) => {
    try { value ? localStorage.setItem(name, value) : localStorage.removeItem(name); } catch { /* this page only */ }
  };
  const show = (name, value) => {
    if (value) root.dataset[name] = value;
    else delete root.dataset[name];
    if (name !== "contrast") return;
    const media = { more: "all", less: "not all" }[value] || asked.media;
    document.getElementById("contrast").media = media;
  };

  show("theme", read("theme"));
  show("contrast", read("contrast"));

  const reflect = () => {
    for (const input of document.querySelectorAll("[data-theme-choice]")) {
      input.checked = input.value === (root.dataset.theme || "");
    }
    for (const input of document.querySelectorAll("[data-contrast-choice]")) {
      input.checked = (root.dataset.contrast || (asked.matches ? "more" : "less")) === "more";
    }
  };

  document.addEventListener("DOMContentLoaded", reflect);
  asked.addEventListener("change", reflect);
  document.addEventListener("change", ({ target }) => {
    const name = target.matches("[data-theme-choice]") ? "theme"
      : target.matches("[data-contrast-choice]") ? "contrast" : null;
    if (!name) return;
    // What the system says anyway is not kept: then this browser goes on following it.
    const wish = target.checked ? "more" : "less";
    const value = name === "theme" ? target.value : (wish === "more") === asked.matches ? "" : wish;
    show(name, value);
    keep(name, value);
    reflect();
  });
})();

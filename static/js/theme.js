// Light, dark or as the system says, and high contrast: kept in this browser. Loaded in <head>
// without defer, so that the first paint is already right.
(() => {
  const root = document.documentElement;
  const read = (name) => {
    try { return localStorage.getItem(name) || ""; } catch { return ""; } // storage may be blocked
  };
  const keep = (name, value) => {
    try { value ? localStorage.setItem(name, value) : localStorage.removeItem(name); } catch { /* this page only */ }
  };
  const show = (name, value) => {
    if (value) root.dataset[name] = value;
    else delete root.dataset[name];
  };

  show("theme", read("theme"));
  show("contrast", read("contrast"));

  const reflect = () => {
    for (const input of document.querySelectorAll("[data-theme-choice]")) {
      input.checked = input.value === (root.dataset.theme || "");
    }
    for (const input of document.querySelectorAll("[data-contrast-choice]")) {
      input.checked = root.dataset.contrast === "more";
    }
  };

  document.addEventListener("DOMContentLoaded", reflect);
  document.addEventListener("change", ({ target }) => {
    const name = target.matches("[data-theme-choice]") ? "theme"
      : target.matches("[data-contrast-choice]") ? "contrast" : null;
    if (!name) return;
    const value = name === "theme" ? target.value : target.checked ? "more" : "";
    show(name, value);
    keep(name, value);
    reflect();
  });
})();

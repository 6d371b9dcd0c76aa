// Menus with many choices: typing narrows them, the arrows move, Enter takes the first that fits.
(() => {
  const choices = (picker) => [...picker.querySelectorAll("button.menu__item")].filter((one) => one.checkVisibility());
  const word = (item) => item.querySelector("[data-picker-word]")?.textContent.trim().toLowerCase();

  const narrow = (picker, typed) => {
    const wanted = typed.trim().toLowerCase();
    for (const item of picker.querySelectorAll("[data-picker-word]")) {
      const line = item.closest(".bulk__label") || item.closest("button");
      line.hidden = !item.textContent.trim().toLowerCase().includes(wanted);
    }
    const maker = picker.querySelector("[data-picker-make]");
    if (!maker) return;
    maker.hidden = !wanted || [...picker.querySelectorAll("[data-picker-word]")].some((item) => item.textContent.trim().toLowerCase() === wanted);
    maker.querySelector("[data-picker-name]").textContent = typed.trim();
  };

  document.addEventListener("input", ({ target }) => {
    if (target.matches("[data-picker-input]")) narrow(target.closest("[data-picker]"), target.value);
  });
  document.addEventListener("keydown", (event) => {
    const picker = event.target.closest?.("[data-picker]");
    if (!picker) return;
    const all = choices(picker), at = all.indexOf(document.activeElement);
    if (event.key === "Enter" && event.target.matches("[data-picker-input]")) {
      event.preventDefault();
      const typed = event.target.value.trim().toLowerCase();
      const first = all.find((item) => word(item) === typed) || (typed && all[0]);
      if (first) first.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      if (next < 0) picker.querySelector("[data-picker-input]").focus();
      else all[Math.min(next, all.length - 1)]?.focus();
    }
  });

  // A label picker stays open while labels are put on and taken off, until it is closed.
  let again = "";
  document.addEventListener("submit", ({ target }) => {
    again = target.closest("[data-picker-stays]")?.closest("details").id || "";
  }, true);
  document.body.addEventListener("htmx:afterSettle", () => {
    const menu = again && document.getElementById(again);
    if (!menu || menu.open) return;
    again = "";
    menu.open = true;
  });
  // Closed with its last word, it opens again with all.
  document.addEventListener("toggle", ({ target }) => {
    const input = target.querySelector?.(":scope > [data-picker] [data-picker-input]");
    if (!input || target.open) return;
    input.value = "";
    narrow(input.closest("[data-picker]"), "");
  }, true);
})();

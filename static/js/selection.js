// Selecting rows of the list: x, a click on the box, Shift for a range, all shown, all that match.
// The version that a row had when it was selected goes along, so that nothing unread is put away.
(() => {
  const panes = document.getElementById("panes");
  const $ = (id) => document.getElementById(id);
  if (!$("bulk")) return;
  const picked = new Map(); // id -> version seen
  let anchor = "", isAll = false, isShift = false, asked = $("list-body").dataset.query;

  const rows = () => [...panes.querySelectorAll("#rows > .row:not(.row--gone)")];
  const box = (row) => row.querySelector(".row__pick");
  const current = () =>
    document.activeElement.closest?.(".row") || panes.querySelector('.row__link[aria-current="true"]')?.closest(".row");

  const set = (row, on) => {
    if (!on) picked.delete(row.dataset.id);
    else if (!picked.has(row.dataset.id)) picked.set(row.dataset.id, row.dataset.version);
  };

  const setRange = (row, on) => {
    const all = rows(), from = all.findIndex((one) => one.dataset.id === anchor), to = all.indexOf(row);
    const [first, last] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
    for (const one of all.slice(first, last + 1)) set(one, on);
  };

  const choose = (row, on, isRange) => {
    isAll = false;
    if (isRange) setRange(row, on);
    else set(row, on);
    anchor = row.dataset.id;
    show();
  };

  // Writes only what differs: the observer below hears of every change, its own ones too.
  const say = (element, words) => { if (element.textContent !== words) element.textContent = words; };

  // What is selected shows in the boxes, also in rows that were replaced meanwhile.
  const show = () => {
    const form = $("bulk");
    if (!form) return;
    for (const row of panes.querySelectorAll("#rows > .row")) {
      const on = isAll || picked.has(row.dataset.id);
      if (box(row).checked !== on) box(row).checked = on;
      row.classList.toggle("row--picked", on);
    }
    const isOn = isAll || picked.size > 0;
    form.toggleAttribute("data-on", isOn);
    panes.classList.toggle("panes--picking", isOn);
    const count = $("list-count").textContent;
    const words = isAll ? form.dataset.all.replace("%s", count) : form.dataset.some.replace("%s", picked.size);
    say($("bulk-count"), isOn ? words : "");
    const all = form.querySelector('[data-select="all"]');
    say(all, all.dataset.words.replace("%s", count));
    const isWhole = Boolean($("more")) && picked.size >= rows().length;
    all.hidden = isAll || !isWhole;
    form.querySelector('[data-select="shown"]').hidden = isAll || picked.size >= rows().length;
  };

  const clear = () => {
    picked.clear();
    isAll = false;
    anchor = "";
    show();
  };

  const act = (what) => {
    const row = current() || rows()[0];
    if (what === "none") clear();
    else if (what === "all") { isAll = true; show(); }
    else if (what === "shown") { isAll = false; for (const one of rows()) set(one, true); show(); }
    else if (row && what === "one") choose(row, !picked.has(row.dataset.id), false);
    else if (row && what === "range") choose(row, true, true);
    if (row && (what === "one" || what === "range")) row.querySelector(".row__link").focus({ preventScroll: true });
  };

  panes.addEventListener("click", (event) => {
    const { target, shiftKey } = event;
    isShift = shiftKey;
    const what = target.closest("[data-select]")?.dataset.select;
    if (what) return act(what);
    const link = target.closest(".row__link");
    if (link && shiftKey) { // instead of opening it in a new window
      event.preventDefault();
      event.stopPropagation();
      choose(link.closest(".row"), true, true);
    }
  }, true);
  panes.addEventListener("change", ({ target }) => {
    if (target.matches(".row__pick")) choose(target.closest(".row"), target.checked, isShift);
  });
  // Before anything else hears of it: what is open is closed first, the selection by the next press.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(isAll || picked.size)) return;
    if (document.querySelector("dialog[open], details.menu[open], #list details[open]")) return;
    if (event.target.matches?.("textarea, select, input:not([type=checkbox])")) return;
    clear();
  }, true);

  // Boxes follow whatever replaces rows; other filters are another choice.
  new MutationObserver(() => {
    const query = $("list-body")?.dataset.query;
    if (query !== asked) { asked = query; clear(); }
    else show();
  }).observe(panes, { childList: true, subtree: true });

  // -- Asking for it ---------------------------------------------------------------------------
  document.body.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.id !== "bulk") return;
    const { formData } = detail;
    formData.delete("pick");
    formData.set("is_all", isAll ? "1" : "");
    formData.set("query", $("list-body").dataset.query);
    if (!isAll) for (const [id, version] of picked) formData.append("pick", `${id}:${version}`);
  });
  const dialog = $("bulk-dialog");
  document.body.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    if (target !== dialog || !dialog.firstElementChild) return;
    if (!dialog.open) dialog.showModal();
    dialog.querySelector(".btn--primary").focus();
  });
  dialog.addEventListener("click", ({ target }) => { if (target.closest("[data-closes]")) dialog.close(); });
  document.body.addEventListener("bulk-started", () => {
    if (dialog.open) dialog.close();
    for (const menu of document.querySelectorAll("#bulk details[open]")) menu.open = false;
    clear();
  });
  show();
})();

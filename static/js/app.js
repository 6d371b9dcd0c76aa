// Small manners of every page: menus, dialogs, panes, moving times, an ended session.
(() => {
  // A click elsewhere or Escape closes open menus; Escape gives the focus back.
  const openMenus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", ({ target }) => {
    for (const menu of openMenus()) {
      if (!menu.contains(target) || target.closest("[data-opens]")) menu.open = false;
    }
    const opener = target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    const pane = target.closest("[data-show-pane]");
    if (pane) pane.closest(".panes").dataset.pane = pane.dataset.showPane;
    const drawer = target.closest("[data-drawer-toggle]");
    if (drawer) toggleDrawer(drawer.closest(".panes"));
    if (target instanceof HTMLDialogElement) target.close(); // its own box is the backdrop
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    for (const panes of document.querySelectorAll('.panes[data-drawer="open"]')) toggleDrawer(panes);
  });
  const toggleDrawer = (panes) => {
    const open = panes.dataset.drawer !== "open";
    panes.dataset.drawer = open ? "open" : "";
    for (const button of panes.querySelectorAll("[data-drawer-toggle]")) {
      button.setAttribute("aria-expanded", String(open));
    }
  };

  // An answer arrives even if its button has been replaced meanwhile, as after very quick keys: htmx
  // looks for the parts to swap, and says what was done, from where the button stands.
  const waitingRoom = document.createElement("div");
  waitingRoom.hidden = true;
  document.body.append(waitingRoom);
  document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
    const answered = (event) => {
      if (event.target !== elt) return;
      elt.removeEventListener("htmx:beforeOnLoad", answered);
      const { target } = event.detail;
      const lost = [elt, target].filter((node) => !node.isConnected);
      if (lost.includes(target)) event.detail.target = document.getElementById(target.id) || target;
      waitingRoom.append(...lost);
      setTimeout(() => waitingRoom.replaceChildren());
    };
    elt.addEventListener("htmx:beforeOnLoad", answered);
  });

  document.addEventListener("change", ({ target }) => {
    target.closest("form[data-submit-on-change]")?.requestSubmit();
  });

  // Of tabs that do not all fit, the chosen one is in sight.
  for (const tab of document.querySelectorAll('.tabs [aria-current="page"]')) {
    tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 32;
  }

  // A text that is shown once can be copied with one press.
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-copies]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copies);
    if (field.select) field.select();
    else getSelection().selectAllChildren(field);
    try { await navigator.clipboard.writeText(field.value ?? field.textContent); } catch { return; } // it stays selected
    button.querySelector("span").textContent = button.dataset.copied;
  });

  // Times keep moving; the words come from the server, so both say the same.
  const words = JSON.parse(document.body.dataset.agoWords);
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const tick = () => {
    for (const time of document.querySelectorAll("time:is([data-ago], [data-span])")) {
      const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
      const isSpan = "span" in time.dataset, distance = isSpan ? Math.max(seconds, 0) : Math.abs(seconds);
      if (distance >= 7 * 86400 && !isSpan) continue; // a date, which stands still
      const table = isSpan ? words.span : seconds >= 0 ? words.past : words.future;
      const [unit, size] = units.find(([, length]) => distance >= length) || ["now", 1];
      const text = table[unit].replace("%s", Math.floor(distance / size));
      if (time.textContent !== text) time.textContent = text;
    }
  };
  setInterval(tick, 20000);

  // Whose session has ended signs in again and comes back to this page, with what was typed on it
  // and not sent; the composer keeps its own words. An ended session answers a fragment with the
  // sign-in page, which must not be shown inside a pane; live.js hears of it as `signed-out`.
  const { loginUrl, user } = document.body.dataset;
  const typed = () => document.querySelectorAll("textarea[id]:not(#reply-text)");
  const slot = ({ id }) => `typed:${user}:${location.pathname}:${id}`;
  const signIn = () => {
    for (const area of typed()) {
      if (area.value === area.defaultValue) continue;
      try { sessionStorage.setItem(slot(area), area.value); } catch { /* no room: it is lost */ }
    }
    const here = location.pathname + location.search;
    location.assign(`${loginUrl}?next=${encodeURIComponent(here)}`);
  };
  document.body.addEventListener("signed-out", signIn);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const url = event.detail.xhr.responseURL;
    if (!loginUrl || !url || new URL(url).pathname !== loginUrl) return;
    event.detail.shouldSwap = false;
    signIn();
  });
  const comeBack = () => {
    for (const area of typed()) {
      const text = sessionStorage.getItem(slot(area));
      if (text === null) continue;
      sessionStorage.removeItem(slot(area));
      area.value = text;
      area.closest("details:not([open])")?.setAttribute("open", "");
    }
  };
  try { comeBack(); } catch { /* this browser keeps nothing */ }
})();

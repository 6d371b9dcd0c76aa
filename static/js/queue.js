// The three panes: moving through the list, and keeping list and thread fresh without ever
// moving what the reader looks at or touching what is being typed.
(() => {
  const ASK_AGAIN = 2000; // ms
  const panes = document.getElementById("panes");
  const $ = (id) => document.getElementById(id);
  const rowsUrl = panes.dataset.rows;
  const opened = () => $("thread")?.dataset.conversation || "";
  const links = () => [...panes.querySelectorAll("#rows .row:not(.row--gone) > .row__link")];

  // -- Moving ----------------------------------------------------------------------------------
  const current = () =>
    document.activeElement.closest?.(".row__link") || panes.querySelector('.row__link[aria-current="true"]');

  const move = (step) => {
    const all = links();
    const at = all.indexOf(current());
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  panes.addEventListener("click", ({ target }) => {
    const step = target.closest("[data-move]")?.dataset.move;
    if (step === "open") (current() || links()[0])?.click();
    else if (step) move(Number(step));
    if (target.closest("#new-rows")) showWaiting();
  });

  // -- The list --------------------------------------------------------------------------------
  // New rows and rows that left wait while the reader is in the list: has scrolled, points at it
  // or has the focus there. Then nothing jumps under the pointer.
  const waiting = new Map(); // id -> row element, or null for a row that has left
  let isOutdated = false; // so much changed at once that the list is to be loaded anew
  let pointing = false;
  panes.addEventListener("pointerover", ({ target, pointerType }) => {
    const now = pointerType === "mouse" && !!target.closest?.("#list-scroll");
    if (pointing && !now) { pointing = false; settle(); }
    pointing = now;
  });
  panes.addEventListener("pointerleave", () => { pointing = false; settle(); });
  panes.addEventListener("focusout", () => setTimeout(settle));
  panes.addEventListener("scroll", (event) => { if (event.target.id === "list-scroll") settle(); }, true);

  const busy = () => {
    const scroll = $("list-scroll");
    return pointing || scroll.scrollTop > 8 || $("rows").contains(document.activeElement);
  };
  const settle = () => { if ((waiting.size || isOutdated) && !busy()) showWaiting(); };

  const showWaiting = () => {
    if (isOutdated) return reloadList();
    const focused = document.activeElement === $("new-rows");
    for (const [id, row] of waiting) {
      if (row) insert(row);
      else $(`row-${id}`)?.remove();
    }
    waiting.clear();
    tell();
    $("list-scroll").scrollTop = 0;
    if (focused) links()[0]?.focus();
  };

  const tell = () => {
    const button = $("new-rows");
    const count = [...waiting.values()].filter(Boolean).length;
    button.hidden = !count && !isOutdated;
    const words = count === 1 ? button.dataset.one : button.dataset.many.replace("%s", count);
    button.textContent = isOutdated ? button.dataset.keyLabel : words;
    document.title = (count ? `(${count}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  };

  const place = (row) => [Number(row.dataset.place), Number(row.dataset.id) * (Number(row.dataset.place) < 0 ? -1 : 1)];
  const before = (one, other) => {
    const [a, x] = place(one), [b, y] = place(other);
    return a < b || (a === b && x < y);
  };

  const insert = (row) => {
    const list = $("rows");
    $(row.id)?.remove();
    const next = [...list.querySelectorAll(":scope > .row")].find((other) => before(row, other)) || $("more");
    // Below the last row that was loaded there are others we do not know: "Show more" brings it.
    if (next === $("more") && next && list.querySelector(":scope > .row")) return;
    list.insertBefore(row, next);
    dress(row);
    flash(row);
    $("list-empty")?.remove();
  };

  const remove = (row) => {
    const next = panes.querySelector('.row__link[aria-current="true"]') || row.nextElementSibling?.querySelector("a");
    const focused = row.contains(document.activeElement);
    row.remove();
    if (focused) next?.focus({ preventScroll: true });
  };

  const replace = (old, row) => {
    const focused = old.contains(document.activeElement);
    old.replaceWith(row);
    dress(row);
    flash(row);
    if (focused) row.querySelector(".row__link").focus({ preventScroll: true });
  };

  const dress = (row) => {
    const link = row.querySelector(".row__link");
    if (row.dataset.id === opened()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    htmx.process(row);
  };

  const flash = (row) => {
    row.classList.add("row--changed");
    setTimeout(() => row.classList.remove("row--changed"), 120);
  };

  const query = () => $("list-body").dataset.query;
  // Returns null where asking again may help, undefined where it will not (signed out).
  const fetchPart = async (url) => {
    const options = { headers: { "HX-Request": "true" }, credentials: "same-origin" };
    const answer = await fetch(url, options).catch(() => null);
    if (answer?.redirected) return undefined;
    if (!answer?.ok) return null;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    return template.content;
  };

  // What the reader did shows at once; what others did waits while the reader is in the list.
  // The news of a change comes once, so rows that could not be fetched are asked for until they are.
  const owed = new Set();
  let owing = 0;
  const owe = (ids) => {
    for (const id of ids) owed.add(id);
    owing ||= setTimeout(() => {
      owing = 0;
      const again = [...owed];
      owed.clear();
      refreshRows(again);
    }, ASK_AGAIN);
  };

  const refreshRows = async (ids, isMine) => {
    for (const id of ids) meanwhile?.add(id);
    const asked = query();
    const fresh = await fetchPart(`${rowsUrl}?ids=${ids.join(",")}${asked ? `&${asked}` : ""}`);
    if (asked !== query()) return; // the reader has chosen other filters meanwhile
    if (fresh === null) owe(ids);
    if (!fresh) return;
    $("list-count").textContent = fresh.getElementById("list-count").textContent;
    const found = new Map([...fresh.querySelectorAll(".row")].map((row) => [row.dataset.id, row]));
    for (const id of ids.map(String)) {
      const old = $(`row-${id}`), row = found.get(id);
      waiting.delete(id);
      if (row && old) {
        const moves = old.dataset.place !== row.dataset.place;
        replace(old, row);
        if (moves && !busy()) insert(row);
      } else if (row) {
        if (busy() && !isMine) waiting.set(id, row);
        else insert(row);
      } else if (old) {
        if (busy() && !isMine) {
          old.classList.add("row--gone");
          waiting.set(id, null);
        } else remove(old);
      }
    }
    tell();
  };

  // A row that moved down while further rows were loaded is there twice: the lower one is true.
  const dropTwins = () => {
    const seen = new Set();
    for (const row of [...panes.querySelectorAll("#rows > .row")].reverse()) {
      if (seen.has(row.id)) row.remove();
      seen.add(row.id);
    }
  };

  // What changes while the list is on its way may be missing in it, so it is asked for again.
  let meanwhile = null;
  const reloadList = async () => {
    forget();
    if (meanwhile) return;
    meanwhile = new Set();
    const address = `/${query() ? `?${query()}` : ""}`;
    await htmx.ajax("GET", address, { target: "#list-body", select: "#list-body", swap: "outerHTML" })
      .catch(() => { isOutdated = true; });
    const ids = [...meanwhile];
    meanwhile = null;
    if (ids.length > 100) reloadList();
    else if (ids.length) refreshRows(ids);
  };

  const forget = () => {
    waiting.clear();
    isOutdated = false;
    tell();
  };

  // -- The open conversation -------------------------------------------------------------------
  // A part in which somebody chooses or types is left alone, and brought up to date afterwards.
  const inUse = (part) => part.querySelector("details[open], input:focus, textarea:focus");
  let isStale = false;
  const catchUp = () => setTimeout(() => {
    const parts = [$("thread-head"), $("context"), ...document.querySelectorAll(".acts[open]")];
    if (isStale && !parts.some((part) => part && (part.matches(".acts") || inUse(part)))) patchThread();
  });
  panes.addEventListener("toggle", catchUp, true);
  panes.addEventListener("focusout", catchUp);

  const patchThread = async () => {
    const thread = $("thread");
    if (!thread?.dataset.fresh) return;
    const asked = thread.dataset.conversation;
    const fresh = await fetchPart(thread.dataset.fresh);
    if (asked !== opened()) return;
    if (fresh === null) setTimeout(patchThread, ASK_AGAIN);
    if (!fresh) return;
    isStale = false;
    swapPart($("thread-head"), fresh.getElementById("thread-head"), "#thread-title");
    swapPart($("context"), fresh.getElementById("context"), ".context__scroll");
    patchTimeline(fresh.getElementById("timeline"));
  };

  const swapPart = (old, now, home) => {
    if (inUse(old)) { isStale = true; return; }
    const focused = old.contains(document.activeElement);
    const scrolled = old.querySelector(".pane__scroll")?.scrollTop || 0;
    old.replaceWith(now);
    htmx.process(now);
    if (scrolled) now.querySelector(".pane__scroll").scrollTop = scrolled;
    if (focused) now.querySelector(home)?.focus({ preventScroll: true });
  };

  const patchTimeline = (fresh) => {
    const scroll = $("thread-scroll"), list = $("timeline");
    // What comes before the reader's eyes is not "since you looked"; after an absence the line
    // moves to where it belongs by now.
    const line = fresh.querySelector("#since");
    if (line && document.hidden) $("since")?.remove();
    else line?.remove();
    const wasAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    let after = null;
    for (const item of [...fresh.children]) {
      if (item.id === "earlier") continue;
      const old = $(item.id);
      if (!old) {
        if (after) after.after(item);
        else list.append(item);
        htmx.process(item);
      } else if (old.dataset.seen !== item.dataset.seen && old.querySelector(".acts[open]")) {
        isStale = true; // somebody is choosing, or writing to moderators
      } else if (old.dataset.seen !== item.dataset.seen) {
        old.replaceWith(item);
        htmx.process(item);
      }
      after = $(item.id);
    }
    if (wasAtEnd) toEnd();
  };

  const toEnd = () => { const scroll = $("thread-scroll"); if (scroll) scroll.scrollTop = scroll.scrollHeight; };

  // What was asked for on the network shows at the message, and its menu has done its work.
  panes.addEventListener("htmx:afterRequest", ({ target, detail }) => {
    const menu = detail.successful && target.closest?.(".acts");
    if (!menu) return;
    menu.open = false;
    patchThread();
  });

  // -- What happened ---------------------------------------------------------------------------
  document.body.addEventListener("conversation-changed", ({ detail: { ids, mine } }) => {
    refreshRows(ids, mine);
    if (!mine && ids.map(String).includes(opened())) patchThread();
  });
  document.body.addEventListener("live-resync", () => {
    isOutdated = true;
    if (busy()) tell();
    else reloadList();
    patchThread();
  });

  let shown = opened(), asked = query();
  document.body.addEventListener("htmx:afterSettle", () => {
    dropTwins();
    if (asked !== query()) { asked = query(); forget(); }
    if (shown === opened()) return;
    shown = opened();
    panes.dataset.pane = shown ? "thread" : "list";
    panes.dataset.drawer = "";
    for (const link of links()) {
      if (link.parentElement.dataset.id === shown) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    panes.querySelector('.row__link[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
    toEnd();
    // After an act in the thread the focus was on a button that is gone.
    if (document.activeElement === document.body) $("thread-title")?.focus({ preventScroll: true });
  });

  // The reply panel comes a moment later and takes room from below: the newest stays in sight.
  document.body.addEventListener("htmx:load", ({ target }) => {
    if (target.closest?.("#reply-panel")) toEnd();
  });

  // A note that was stored is cleared from its field; one that was refused stays.
  document.body.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
    const form = elt.closest?.("form[data-clears]");
    if (!form || !successful) return;
    form.reset();
    form.closest("details").open = false;
    toEnd();
  });

  // What opens with a key is ready to be typed into.
  document.addEventListener("toggle", ({ target }) => {
    if (!target.open || !target.matches?.("#panes :is(.menu, .notes, .filters__more)")) return;
    if (target.querySelector(":focus:not(summary)")) return; // said twice after a key
    target.querySelector("textarea, input:not([type=hidden]), select, button, .menu__list a")?.focus();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const box = event.target.closest?.("details.notes[open], details.filters__more[open]");
    if (!box) return;
    box.open = false;
    box.querySelector("summary").focus();
  });

  toEnd();
})();

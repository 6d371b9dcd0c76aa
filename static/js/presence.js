// Who is here: tells the desk every ten seconds what this tab shows and whether somebody writes in
// it, and shows who else does. A change is told at once; a page that goes away says so.
(() => {
  const EVERY = 10000; // ms; the desk forgets a tab after 25 s without a word
  const WRITING = 15000; // ms after the last key
  const IDLE = 300000; // ms without a key or a pointer
  const GATHER = 1500; // ms: many changes of the list in one request
  const panes = document.getElementById("panes");
  const $ = (id) => document.getElementById(id);
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const tab = Array.from(crypto.getRandomValues(new Uint8Array(10)), (n) => (n % 36).toString(36)).join("");
  const opened = () => $("thread")?.dataset.conversation || "";
  const mark = () => $("thread-head")?.dataset.mark || "";
  let told = { id: "", state: "", mark: "" };
  let wroteAt = -Infinity, wroteIn = "", actedAt = performance.now();

  const state = () => {
    const now = performance.now();
    if (document.hidden) return "idle";
    if (wroteIn === opened() && now - wroteAt < WRITING) return "writing";
    return now - actedAt < IDLE ? "viewing" : "idle";
  };

  const form = (fields) => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ tab, csrfmiddlewaretoken: token, ...fields })) body.append(name, value);
    return body;
  };

  const leave = () => {
    if (!told.id) return;
    told = { id: "", state: "", mark: "" };
    navigator.sendBeacon(panes.dataset.leave, form({}));
  };

  const beat = async () => {
    const id = opened();
    if (!id) return leave();
    const shown = document.hidden ? told.mark : `${id}:${mark()}`;
    const isNews = shown !== told.mark;
    const before = told;
    told = { id, state: state(), mark: shown };
    const seen = isNews ? mark() : "";
    const answer = await fetch($("thread").dataset.beat, {
      method: "POST", body: form({ state: told.state, seen }), credentials: "same-origin",
    }).catch(() => null);
    if (!answer?.ok || answer.redirected) {
      told = { ...told, mark: before.mark }; // the next one says it again
      return;
    }
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text();
    if (id !== opened()) return;
    if (isNews) {
      $(`row-${id}`)?.classList.remove("row--unread");
      $(`row-${id}`)?.querySelector(".row__unread")?.remove();
    }
    for (const part of ["thread-company", "claim"]) put($(part), fresh.content.getElementById(part));
  };

  // Nothing is replaced that says the same, so that a screen reader does not repeat it, nor what
  // somebody is about to press.
  const bare = (part) => {
    const copy = part.cloneNode(true);
    for (const input of copy.querySelectorAll('[name="csrfmiddlewaretoken"]')) input.remove();
    return copy.textContent.replace(/\s+/g, " ");
  };
  const put = (old, now) => {
    if (!old || !now || bare(old) === bare(now) || old.contains(document.activeElement)) return;
    old.replaceChildren(...now.childNodes);
    htmx.process(old);
  };

  const tellChange = () => { if (opened() !== told.id || (told.id && state() !== told.state)) beat(); };

  document.addEventListener("input", ({ target }) => {
    if (target.id !== "reply-text") return;
    wroteAt = performance.now();
    wroteIn = opened();
    tellChange();
  });
  for (const name of ["keydown", "pointermove", "pointerdown"]) {
    document.addEventListener(name, () => { actedAt = performance.now(); }, { passive: true });
  }
  document.addEventListener("visibilitychange", () => { actedAt = performance.now(); beat(); });
  document.body.addEventListener("htmx:afterSettle", tellChange);
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) beat(); });
  setInterval(beat, EVERY);
  beat();

  // -- What the others do ----------------------------------------------------------------------
  const asked = new Set();
  let gathering = 0;
  const askRows = async () => {
    gathering = 0;
    const ids = [...asked].slice(0, 100);
    asked.clear();
    const answer = await fetch(`${panes.dataset.company}?ids=${ids.join(",")}`, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text();
    for (const now of fresh.content.querySelectorAll(".row__company")) put($(now.id), now);
  };
  document.body.addEventListener("presence-changed", ({ detail: { ids } }) => {
    for (const id of ids.map(String)) {
      if ($(`row-${id}`)) asked.add(id);
      if (id === opened()) beat();
    }
    if (asked.size) gathering ||= setTimeout(askRows, GATHER);
  });
  document.body.addEventListener("live-resync", () => {
    for (const row of document.querySelectorAll("#rows > .row")) asked.add(row.dataset.id);
    if (asked.size) gathering ||= setTimeout(askRows, GATHER);
  });
})();

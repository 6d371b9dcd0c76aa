// The live connection: hears what changed and says so on <body>, in batches, as
// `conversation-changed` {ids}, `presence-changed` {ids}, `approvals-changed`, `attention-changed`,
// `channels-changed`, `bulk-changed` and `notices-changed`.
// `live-resync` says that too much was missed and that what is shown should be loaded anew,
// `signed-out` that the session has ended, here or in another browser.
//
// Browsers open six connections to a host at most, so of all tabs only one listens (it holds a
// lock) and passes on what it hears.
(() => {
  const AT_ONCE = 20; // ms: the first change after a quiet while is shown at once
  const BATCH = 250; // ms: what follows is gathered, many changes in one request
  const MOST = 100; // more at once and the list is loaded anew
  const SILENCE = 45000; // ms; the desk gives a sign of life every 20 s, so the line is dead
  const GRACE = 3000; // ms; a connection that returns within this was never gone for the reader
  const SHORT = 5000; // ms; how long its return is worth a word
  const body = document.body;
  // Pages without the frame have no bars.
  const hidden = () => Object.assign(document.createElement("div"), { hidden: true });
  const bar = document.getElementById("bar-offline") || hidden();
  const back = document.getElementById("bar-back") || hidden();
  const tabs = "locks" in navigator && "BroadcastChannel" in window ? new BroadcastChannel("desk-live") : null;
  const address = (query) => `/events/?${new URLSearchParams({ after: last, ...query })}`;
  let last = body.dataset.liveAfter || "";
  let source = null, letGo = null;
  let heardAt = Date.now(), wait = 1000, retry = 0, offline = 0, batch = 0, flushedAt = 0;
  const ids = new Set(), present = new Set(), kinds = new Set();

  // -- What was heard --------------------------------------------------------------------------
  const say = (name, detail = {}) => body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));

  const flush = () => {
    batch = 0;
    flushedAt = Date.now();
    const changed = [...ids], others = [...kinds], moved = [...present];
    ids.clear();
    present.clear();
    kinds.clear();
    for (const kind of others) say(kind === "resync" ? "live-resync" : `${kind}-changed`);
    if (moved.length) say("presence-changed", { ids: moved });
    if (changed.length > MOST) say("live-resync");
    else if (changed.length) say("conversation-changed", { ids: changed });
  };

  const take = ({ kind, conversation }) => {
    if (kind === "conversation") ids.add(conversation);
    else if (kind === "presence") present.add(conversation);
    else kinds.add(kind);
    if (kind === "resync") for (const other of ["approvals", "attention", "channels", "bulk", "notices"]) kinds.add(other);
    batch ||= setTimeout(flush, Math.max(AT_ONCE, BATCH - (Date.now() - flushedAt)));
  };

  const hear = (news) => {
    if (news.lost) {
      offline ||= setTimeout(() => { bar.hidden = false; back.hidden = true; }, GRACE);
      return;
    }
    heardAt = Date.now();
    clearTimeout(offline);
    offline = 0;
    if (!bar.hidden) {
      bar.hidden = true;
      back.hidden = false;
      setTimeout(() => { back.hidden = true; }, SHORT);
      say("live-back");
    }
    if (news.id) last = news.id;
    if (news.data) take(JSON.parse(news.data));
  };

  const pass = (news) => {
    hear(news);
    tabs?.postMessage(news);
  };

  // -- The tab that listens --------------------------------------------------------------------
  const close = () => {
    clearTimeout(retry);
    retry = 0;
    source?.close();
    source = null;
  };

  // A stream does not say why it was refused. Whoever is no longer signed in waits for nothing.
  const askWhy = async () => {
    const answer = await fetch("/events/", { method: "HEAD" }).catch(() => null);
    if (answer?.status !== 401) return;
    close();
    say("signed-out");
  };

  const connect = () => {
    close();
    heardAt = Date.now();
    source = new EventSource(address());
    const heard = ({ data, lastEventId }) => {
      wait = 1000;
      pass({ id: lastEventId, data });
    };
    source.addEventListener("open", () => pass({}));
    source.addEventListener("message", heard);
    source.addEventListener("tick", heard);
    source.addEventListener("error", () => {
      pass({ lost: true });
      // CONNECTING: the browser tries again by itself. CLOSED: it was refused and gave up.
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      retry = setTimeout(connect, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, 30000);
      askWhy();
    });
  };

  const lead = (options = {}) => {
    if (!tabs) return connect();
    navigator.locks.request("desk-live", options, () => {
      connect();
      return new Promise((release) => { letGo = release; });
    }).catch(() => {
      // Another tab took over, since this one had fallen asleep.
      close();
      letGo = null;
      lead();
    });
  };

  // -- The tabs that are told ------------------------------------------------------------------
  tabs?.addEventListener("message", ({ data }) => { if (!source) hear(data); });

  // What happened between the making of this page and the first word from the other tab.
  const catchUp = async () => {
    const answer = await fetch(address({ once: "1" })).catch(() => null);
    if (answer?.status === 401) return say("signed-out");
    if (!answer?.ok) return;
    for (const line of (await answer.text()).split("\n")) {
      if (line.startsWith("data: ")) take(JSON.parse(line.slice(6)));
    }
  };

  setInterval(() => {
    if (Date.now() - heardAt < SILENCE) return;
    // A line that died without a word, as when a laptop wakes in another network.
    heardAt = Date.now();
    hear({ lost: true });
    if (source || !tabs) connect();
    else lead({ steal: true });
  }, 5000);
  const tryNow = () => {
    wait = 1000;
    if (source || retry || !tabs) connect();
    else lead({ steal: true });
  };
  window.addEventListener("online", () => { if (source || retry) connect(); });
  bar.querySelector("[data-try-now]")?.addEventListener("click", tryNow);
  window.addEventListener("offline", () => hear({ lost: true }));
  window.addEventListener("pagehide", () => {
    close();
    letGo?.();
    letGo = null;
  });
  window.addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    lead();
    catchUp();
  });
  lead();
  if (tabs) setTimeout(() => { if (!source) catchUp(); }, 200);
})();

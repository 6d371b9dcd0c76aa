// The live connection: hears what changed and says so on <body>, in batches, as
// `conversation-changed` {ids}, `approvals-changed`, `attention-changed` and `channels-changed`.
// `live-resync` says that too much was missed and that what is shown should be loaded anew.
(() => {
  const BATCH = 250; // ms: many changes, one request
  const MOST = 100; // more at once and the list is loaded anew
  const SILENCE = 45000; // the desk gives a sign of life every 20 s; after this the line is dead
  const GRACE = 3000; // a connection that returns within this was never gone for the reader
  const body = document.body;
  const bar = document.getElementById("bar-offline");
  let last = body.dataset.liveAfter || "";
  let source = null, heardAt = 0, wait = 1000, retry = 0, offline = 0, batch = 0;
  const ids = new Set(), kinds = new Set();

  const say = (name, detail = {}) => body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));

  const flush = () => {
    batch = 0;
    const changed = [...ids], others = [...kinds];
    ids.clear();
    kinds.clear();
    for (const kind of others) say(`${kind}-changed`);
    if (changed.length > MOST) say("live-resync");
    else if (changed.length) say("conversation-changed", { ids: changed });
  };

  const take = (event) => {
    alive(event);
    const { kind, conversation } = JSON.parse(event.data);
    if (kind === "resync") {
      for (const other of ["approvals", "attention", "channels"]) kinds.add(other);
      say("live-resync");
    } else if (kind === "conversation") {
      if (conversation) ids.add(conversation);
    } else {
      kinds.add(kind);
    }
    batch ||= setTimeout(flush, BATCH);
  };

  const alive = (event) => {
    heardAt = Date.now();
    if (event?.lastEventId) last = event.lastEventId;
    wait = 1000;
    clearTimeout(offline);
    offline = 0;
    if (bar) bar.hidden = true;
  };

  const lost = () => {
    offline ||= setTimeout(() => { if (bar) bar.hidden = false; }, GRACE);
  };

  const close = () => {
    source?.close();
    source = null;
  };

  const connect = () => {
    clearTimeout(retry);
    retry = 0;
    close();
    heardAt = Date.now();
    source = new EventSource(`/events/?after=${encodeURIComponent(last)}`);
    source.addEventListener("open", () => alive());
    source.addEventListener("message", take);
    source.addEventListener("tick", alive);
    source.addEventListener("error", () => {
      lost();
      // CONNECTING: the browser tries again by itself. CLOSED: it was refused and gave up.
      if (source?.readyState === EventSource.CLOSED) refused();
    });
  };

  const refused = async () => {
    close();
    const status = await fetch("/events/", { method: "HEAD" }).then((r) => r.status, () => 0);
    if (status === 401 && bar) {
      // Signed out elsewhere. What is being typed stays; the next act leads to the sign-in page.
      bar.hidden = false;
    }
    again();
  };

  const again = () => {
    retry ||= setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, 30000);
  };

  // A line that died without a word, as when a laptop wakes in another network.
  setInterval(() => {
    if (!source || Date.now() - heardAt < SILENCE) return;
    lost();
    connect();
  }, 5000);
  window.addEventListener("online", connect);
  window.addEventListener("offline", lost);
  window.addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  window.addEventListener("pagehide", close);
  connect();
})();

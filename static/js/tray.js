// The number at the bell: each time it is asked for, the desk also says aloud what came since the
// last time and cannot wait.
(() => {
  const key = "notices-newest"; // of this tab, so that a new page does not repeat what was said
  const store = {
    get: () => { try { return sessionStorage.getItem(key) || ""; } catch { return ""; } },
    set: (mark) => { try { sessionStorage.setItem(key, mark); } catch { /* said twice at worst */ } },
  };
  let newest = store.get();
  const isCount = (element) => element.matches?.('[hx-get$="/notifications/count/"]');
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (isCount(detail.elt) && newest) detail.parameters.after = newest;
  });
  document.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
    if (!isCount(elt)) return;
    newest = xhr.getResponseHeader("X-Newest") || newest;
    if (newest) store.set(newest);
  });
})();

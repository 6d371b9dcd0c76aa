// The composer and the lists of replies: a second net under the autosave, the count as you
// type, the undo clock, and refreshing what colleagues and workers change.
(() => {
  const SAVE_AGAIN = 5000; // ms
  const key = (form) => `reply:${form.dataset.writer}:${form.dataset.conversation}`;
  const store = {
    get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, text) => { try { localStorage.setItem(name, text); } catch { /* the server has it */ } },
    drop: (name) => { try { localStorage.removeItem(name); } catch { /* nothing was kept */ } },
  };
  const composer = () => document.querySelector("form#composer");

  // -- Words that the desk has not confirmed are kept here until it has.
  const offerKept = () => {
    const form = composer();
    if (!form || form.dataset.ready) return;
    form.dataset.ready = "1";
    const kept = store.get(key(form)), area = form.elements.text, bar = form.querySelector("#restore");
    if (!kept || kept.trim() === area.value.trim()) return store.drop(key(form));
    bar.querySelector("[data-kept]").textContent = kept;
    bar.hidden = false;
    bar.querySelector("[data-restore]").addEventListener("click", () => {
      const goesOn = kept.startsWith(area.value.trim());
      area.value = goesOn ? kept : [area.value, kept].join("\n\n");
      bar.hidden = true;
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    });
    bar.querySelector("[data-forget]").addEventListener("click", () => {
      store.drop(key(form));
      bar.hidden = true;
    });
  };

  const state = (form, text, isError) => {
    const place = form.querySelector("#save-state");
    const words = document.createElement("span");
    words.className = isError ? "field__error" : "meta";
    words.textContent = text;
    place.replaceChildren(words);
  };

  document.addEventListener("input", ({ target }) => {
    if (target.id !== "reply-text") return;
    const form = target.form;
    store.set(key(form), target.value);
    state(form, form.dataset.saving, false);
    // A rough count at once; the server's answer replaces it with the network's own.
    const count = form.querySelector("#reply-count");
    const length = [...target.value.normalize("NFC").trim()].length;
    count.textContent = `${length}/${count.dataset.limit}`;
    count.classList.toggle("composer__count--over", length > Number(count.dataset.limit));
  });

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.id === "reply-text") detail.elt.dataset.posted = detail.elt.value;
  });
  // After the session has ended the sign-in page answers, successfully, and nothing was saved.
  const isKept = ({ successful, xhr, pathInfo }) =>
    successful && new URL(xhr.responseURL).pathname === pathInfo.requestPath;
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const { elt } = detail;
    if (elt.id === "reply-text" && isKept(detail) && elt.value === elt.dataset.posted) {
      store.drop(key(elt.form));
    }
    if (elt.id === "composer" && isKept(detail)) store.drop(key(elt));
  });
  const notSaved = ({ detail: { elt, xhr } }) => {
    const form = elt.id === "reply-text" ? elt.form : elt.id === "composer" ? elt : null;
    if (!form || xhr?.getResponseHeader("X-Fragment")) return;
    state(form, form.dataset.failed, true);
    form.dataset.owed = "1";
    setTimeout(saveAgain, SAVE_AGAIN);
  };
  // What could not be saved is saved as soon as the desk answers, without another key.
  const saveAgain = () => {
    const form = composer();
    if (!form?.dataset.owed) return;
    delete form.dataset.owed;
    htmx.trigger(form.elements.text, "save-again");
  };
  document.body.addEventListener("live-back", saveAgain);
  window.addEventListener("online", saveAgain);
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, notSaved);
  }

  // -- Pictures: chosen, pasted or dropped, they go up at once; without scripts a button does it.
  document.documentElement.classList.add("has-scripts");
  // By a click, or htmx would not know which button it was and submit the reply.
  const addPictures = (form) => form.querySelector("[data-adds-pictures]").click();
  document.addEventListener("change", ({ target }) => {
    if (target.id === "reply-pictures" && target.files.length) addPictures(target.form);
  });
  const take = (event, data) => {
    const form = event.target.closest?.("form#composer");
    const input = form?.querySelector("#reply-pictures");
    const files = [...(data?.files || [])].filter((file) => file.type.startsWith("image/"));
    if (!input || !files.length) return;
    event.preventDefault();
    const carrier = new DataTransfer();
    for (const file of files) carrier.items.add(file);
    input.files = carrier.files;
    addPictures(form);
  };
  document.addEventListener("paste", (event) => take(event, event.clipboardData));
  document.addEventListener("drop", (event) => {
    composer()?.classList.remove("composer--drop");
    take(event, event.dataTransfer);
  });
  document.addEventListener("dragover", (event) => {
    const form = event.target.closest?.("form#composer");
    if (!form?.querySelector("#reply-pictures") || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("composer--drop");
  });
  document.addEventListener("dragleave", ({ target }) => {
    if (target.id === "composer") target.classList.remove("composer--drop");
  });

  // -- A refused submission comes back as the composer itself, with the text in it.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.getResponseHeader("X-Fragment") !== "1") return;
    detail.shouldSwap = true;
    detail.isError = false;
  });

  // Somebody reads or chooses in this list: it stands still.
  const isBusy = (list) => list.contains(document.activeElement)
    || list.querySelector("details[open], .reply__news, input:checked");

  // -- What others change. The list is fetched anew; what somebody types is never touched.
  const refresh = (id) => {
    const reply = document.getElementById("reply");
    if (!reply || (id && String(id) !== reply.dataset.conversation)) return;
    const list = document.getElementById("replies");
    if (isBusy(list)) { list.dataset.stale = "1"; return; }
    if (isUntouched(reply)) {
      htmx.ajax("GET", reply.dataset.panel, {
        target: reply, swap: "outerHTML", headers: { "X-Refresh": "1" },
      });
    } else htmx.trigger(list, "statuses-changed");
  };
  const isUntouched = (reply) => {
    const area = reply.querySelector("#reply-text");
    return !area || (!area.value.trim() && document.activeElement !== area);
  };
  // Whoever began to write while the panel was on its way keeps what is on screen.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const reply = document.getElementById("reply");
    if (!detail.requestConfig?.headers?.["X-Refresh"] || !reply || isUntouched(reply)) return;
    detail.shouldSwap = false;
    htmx.trigger(document.getElementById("replies"), "statuses-changed");
  });
  document.body.addEventListener("conversation-changed", ({ detail }) => {
    const ids = detail?.ids;
    if (!Array.isArray(ids)) return refresh();
    const open = document.getElementById("reply")?.dataset.conversation;
    if (ids.map(String).includes(open)) refresh(open);
  });
  const catchUp = () => setTimeout(() => {
    if (document.getElementById("replies")?.dataset.stale) refresh();
  });
  document.addEventListener("focusout", catchUp);
  document.addEventListener("toggle", catchUp, true);
  document.body.addEventListener("live-resync", () => refresh());
  document.body.addEventListener("composer-stale", ({ detail }) => refresh(detail.conversation));

  const lists = () => document.querySelectorAll("[data-refreshed-by]");
  for (const name of ["approvals-changed", "attention-changed"]) {
    document.body.addEventListener(name, () => {
      for (const list of lists()) {
        if (list.dataset.refreshedBy === name && !isBusy(list)) htmx.trigger(list, "list-changed");
      }
    });
  }

  // -- The undo clock.
  const tick = () => {
    for (const clock of document.querySelectorAll("[data-until]")) {
      const seconds = Math.ceil((Date.parse(clock.dataset.until) - Date.now()) / 1000);
      const text = seconds > 0
        ? clock.dataset.untilWords.replace("%s", seconds) : clock.dataset.untilOver;
      if (clock.textContent !== text) clock.textContent = text;
    }
  };
  setInterval(tick, 250);

  document.addEventListener("htmx:load", () => { offerKept(); tick(); });
  offerKept();
  tick();
})();

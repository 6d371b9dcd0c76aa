// Single keys for what is on the page: any element with data-key="r" is clicked (or focused, if
// it takes text) when r is pressed outside a field. data-key="g i" is g, then i; "mod+enter"
// presses its button from within the same form. `?` lists them all.
(() => {
  const dialog = document.getElementById("keys");
  const list = dialog.querySelector("[data-keys-list]");
  const off = () => {
    try { return localStorage.getItem("keys") === "off"; } catch { return false; }
  };
  const takesText = (element) => element.matches(
    "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])",
  );
  const usable = (element) => !element.disabled && element.checkVisibility();
  const find = (key, within = document) =>
    [...within.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(usable);

  const press = (element) => {
    if (!takesText(element)) {
      element.click();
      // What opens takes the next letter already, which would not wait for the browser's own word.
      if (element.matches("summary")) element.parentElement.dispatchEvent(new Event("toggle"));
      return;
    }
    element.focus();
    element.select?.();
  };

  let first = "", firstAt = 0; // the first half of a pair such as "g i", good for a second
  // Words typed outside a field must not act: after a letter that means nothing here, letters
  // are text until the typing pauses.
  const PAUSE = 700; // ms
  let strayAt = -PAUSE;
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.metaKey || event.ctrlKey) && key === "Enter") {
      const button = target.closest?.("form") && find("mod+enter", target.closest("form"));
      if (button) { event.preventDefault(); press(button); }
      return;
    }
    if (event.metaKey || event.ctrlKey || event.altKey || off()) return;
    if (takesText(target) || document.querySelector("dialog[open]")) return;
    if (key === "?") { event.preventDefault(); return open(); }
    const pair = first && Date.now() - firstAt < 1000 ? `${first} ${key}` : "";
    const second = pair && find(pair), element = second || find(key);
    const isLetter = key.length === 1;
    [first, firstAt] = [isLetter ? key : "", Date.now()];
    if (isLetter && !second && (!element || event.timeStamp - strayAt < PAUSE)) {
      strayAt = event.timeStamp;
      return;
    }
    if (!element) return;
    // Enter and space already press what has the focus.
    if (key === "Enter" && target.closest("a, button, summary, input")) return;
    event.preventDefault();
    press(element);
  });

  const label = (element) =>
    element.dataset.keyLabel || element.ariaLabel || element.textContent.trim() || element.placeholder;

  const keycaps = (keys) => {
    const mod = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘" : "Ctrl";
    return keys.split(" ").flatMap((key, index) => {
      const caps = key.split("+").map((part) => {
        const cap = document.createElement("kbd");
        cap.className = "kbd";
        cap.textContent = { mod, enter: "↵", Enter: "↵", ArrowDown: "↓", ArrowUp: "↑" }[part] || part;
        return cap;
      });
      return index ? [` ${dialog.dataset.then} `, ...caps] : caps;
    });
  };

  const fill = () => {
    const groups = new Map();
    for (const element of document.querySelectorAll("[data-key]")) {
      if (!element.checkVisibility()) continue;
      const name = element.closest("[data-key-group]")?.dataset.keyGroup || dialog.dataset.here;
      const group = groups.get(name) || new Map();
      groups.set(name, group);
      if (!group.has(element.dataset.key)) group.set(element.dataset.key, label(element));
    }
    list.replaceChildren(...[...groups].map(([name, group]) => {
      const section = document.createElement("section");
      const head = document.createElement("h3");
      head.textContent = name;
      const facts = document.createElement("dl");
      facts.className = "keys";
      for (const [keys, words] of group) {
        const does = document.createElement("dt");
        does.textContent = words;
        const caps = document.createElement("dd");
        caps.append(...keycaps(keys));
        facts.append(does, caps);
      }
      section.append(head, facts);
      return section;
    }));
  };

  const open = () => { if (!dialog.open) dialog.showModal(); };
  dialog.addEventListener("beforetoggle", ({ newState }) => { if (newState === "open") fill(); });

  const toggle = document.getElementById("keys-on");
  toggle.checked = !off();
  toggle.addEventListener("change", () => {
    try { localStorage.setItem("keys", toggle.checked ? "on" : "off"); } catch { /* this page only */ }
  });
})();

// `@` in a note offers the colleagues who see the conversation: arrows choose, Enter or Tab puts
// the name in, Escape closes the list and nothing else.
(() => {
  const WORD = /(?:^|[^\w@.+-])@([\w.+-]{0,40})$/;
  const $ = (id) => document.getElementById(id);
  let asked = 0, at = -1;

  const list = () => $("mention-list");
  const options = () => [...list().children];
  const isOpen = () => list() && !list().hidden;
  const close = () => {
    asked += 1;
    if (!list()) return;
    list().hidden = true;
    list().replaceChildren();
    $("note-text")?.removeAttribute("aria-activedescendant");
    at = -1;
  };

  const choose = (index) => {
    const all = options();
    at = (index + all.length) % all.length;
    for (const [number, option] of all.entries()) option.setAttribute("aria-selected", String(number === at));
    $("note-text").setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  };

  const begun = (area) => area.value.slice(0, area.selectionStart).match(WORD)?.[1];

  const ask = async (area) => {
    const word = begun(area);
    if (word === undefined) return close();
    const mine = ++asked;
    const address = `${area.dataset.people}?${new URLSearchParams({ q: word })}`;
    const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
    if (mine !== asked || !answer?.ok || answer.redirected) return;
    const html = await answer.text();
    if (mine !== asked) return;
    list().innerHTML = html;
    const count = options().length, said = $("mention-said");
    list().hidden = !count;
    said.textContent = !count ? said.dataset.none : count === 1 ? said.dataset.one : said.dataset.many.replace("%s", count);
    if (count) choose(0);
    else area.removeAttribute("aria-activedescendant");
  };

  const take = (option) => {
    const area = $("note-text"), end = area.selectionStart, start = end - begun(area).length;
    area.setRangeText(`${option.dataset.name} `, start, end, "end");
    close();
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  document.addEventListener("input", ({ target }) => { if (target.id === "note-text") ask(target); });
  document.addEventListener("focusout", ({ target }) => { if (target.id === "note-text") setTimeout(close, 150); });
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.("#mention-list [role=option]");
    if (!option) return;
    event.preventDefault(); // the focus stays in the note
    take(option);
  });
  // Before anybody else: Escape would close the note, Enter would end the line.
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "note-text" || !isOpen() || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(at + step);
    else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") take(options()[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
})();

// Short notices in the corner. A page or an answer asks for one with the event
// `toast` {text, undo, tone}; it stays ten seconds, longer while pointed at or focused.
(() => {
  const LIFE = 10000;
  const region = document.getElementById("toasts");

  const button = (label, className, act) => {
    const element = document.createElement("button");
    element.type = "button";
    element.className = `btn btn--small ${className}`;
    element.textContent = label;
    element.addEventListener("click", act);
    return element;
  };

  const close = (toast) => toast.remove();

  // The clock stands while the pointer or the focus is on the toast.
  const startClock = (toast) => {
    let left = LIFE, since = 0, timer = 0;
    const run = () => { since = Date.now(); timer = setTimeout(close, left, toast); };
    const hold = () => { clearTimeout(timer); left -= Date.now() - since; };
    toast.addEventListener("mouseenter", hold);
    toast.addEventListener("mouseleave", run);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("focusout", run);
    run();
  };

  const show = ({ text, undo, tone }) => {
    if (!text) return;
    const toast = document.createElement("div");
    toast.className = `toast toast--${tone || "info"}`;
    const words = document.createElement("p");
    words.textContent = text;
    toast.append(words);
    if (undo) {
      toast.append(button(region.dataset.undo, "", () => {
        close(toast);
        htmx.ajax("POST", undo, { source: region, swap: "none" });
      }));
    }
    const shut = button("×", "btn--quiet btn--icon", () => close(toast));
    shut.setAttribute("aria-label", region.dataset.close);
    toast.append(shut);
    region.append(toast);
    startClock(toast);
  };

  document.body.addEventListener("toast", ({ detail }) => show(detail));

  // What the server put on the page is said again by script, so that it is read out and goes.
  for (const printed of [...region.children]) {
    const tone = printed.className.match(/toast--(\w+)/)?.[1];
    const text = printed.textContent;
    printed.remove();
    show({ text, tone });
  }

  const failed = () => show({ text: region.dataset.failed, tone: "danger" });
  document.body.addEventListener("htmx:sendError", failed);
  // A form that would leave the page stays, with what was typed, while there is no connection.
  document.addEventListener("submit", (event) => {
    if (navigator.onLine || event.defaultPrevented) return;
    event.preventDefault();
    failed();
  });
  document.body.addEventListener("htmx:timeout", failed);
  document.body.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    if (/"toast"/.test(xhr.getResponseHeader("HX-Trigger") || "")) return; // it speaks for itself
    if (xhr.status === 403) show({ text: region.dataset.refused, tone: "danger" });
    else if (xhr.status === 404) show({ text: region.dataset.gone, tone: "warning" });
    else failed();
  });
})();

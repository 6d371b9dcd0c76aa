// What the person reads when the browser and a passkey did not come together.
(() => {
  const words = document.currentScript.dataset;
  document.addEventListener("allauth.error", (event) => {
    const name = event.detail.exception?.name;
    let text = words.cancelled;
    if (!window.isSecureContext || name === "SecurityError") text = words.insecure;
    else if (!window.PublicKeyCredential) text = words.unsupported;
    else if (name === "InvalidStateError") text = words.known;
    document.body.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "warning" } }));
    if (name === "NotAllowedError" || name === "AbortError") event.preventDefault();
  });
})();

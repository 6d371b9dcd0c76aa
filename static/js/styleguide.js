// The figures of the style guide: contrast as the browser paints it, measured anew when the theme
// changes, and toasts on demand.
(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  // Any colour the browser knows, as it paints it.
  const channels = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  // https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
  const luminance = (color) => {
    const [red, green, blue] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const measure = () => {
    for (const swatch of document.querySelectorAll(".guide__swatch")) {
      const { color, backgroundColor } = getComputedStyle(swatch);
      const figure = contrast(color, backgroundColor);
      swatch.querySelector("[data-contrast]").textContent = figure.toFixed(1);
      swatch.classList.toggle("guide__swatch--poor", figure < Number(swatch.dataset.least));
    }
  };
  measure();
  new MutationObserver(measure).observe(document.documentElement, { attributes: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", measure);

  document.addEventListener("click", ({ target }) => {
    const { toast, words } = target.closest("[data-toast]")?.dataset || {};
    if (toast) document.body.dispatchEvent(new CustomEvent("toast", { detail: { tone: toast, text: words } }));
  });
})();

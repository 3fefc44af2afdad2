// The little that HTML and htmx do not do by themselves. No inline script is allowed anywhere.
(() => {
  "use strict";

  // An htmx request that is refused shows its message where people look, not in the console.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400) return;
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    const problem = page.querySelector("[data-problem]");
    const flash = document.getElementById("flash");
    if (!flash) return;
    const shown = document.createElement("div");
    shown.className = "notice is-bad";
    shown.setAttribute("role", "alert");
    shown.textContent = problem ? problem.textContent.trim() : "That did not work. Reload the page.";
    flash.replaceChildren(shown);
    shown.scrollIntoView({ block: "nearest" });
    event.detail.shouldSwap = false;
  });

  document.addEventListener("htmx:sendError", () => {
    const flash = document.getElementById("flash");
    if (!flash) return;
    const shown = document.createElement("div");
    shown.className = "notice is-bad";
    shown.setAttribute("role", "alert");
    shown.textContent = "Kindling does not answer. Check your connection; this page will continue automatically.";
    flash.replaceChildren(shown);
  });

  // A select marked so sends its form when it changes; without script there is the button beside it.
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field instanceof HTMLElement && field.dataset.sends !== undefined) field.form.requestSubmit();
    if (field instanceof HTMLElement && field.dataset.all !== undefined) {
      for (const box of document.querySelectorAll(`input[name="${field.dataset.all}"]`)) box.checked = field.checked;
    }
    count();
  });

  // How many posts are chosen, said beside the button that plans them.
  const count = () => {
    const place = document.querySelector("[data-count]");
    if (!place) return;
    const chosen = document.querySelectorAll(`input[name="${place.dataset.count}"]:checked`).length;
    place.textContent = chosen === 1 ? "1 post selected" : `${chosen} posts selected`;
  };
  count();

  // A second press would send twice; the server would refuse it, this saves the detour.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement) || event.target.method === "get") return;
    if (event.target.hasAttribute("hx-post") || event.target.hasAttribute("hx-get")) return;
    window.setTimeout(() => { button.disabled = true; }, 0);
    window.setTimeout(() => { button.disabled = false; }, 4000);
  });
})();

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

  // --- Getting around by the keyboard ---

  const finder = document.getElementById("finder");
  const shortcuts = document.getElementById("shortcuts");

  const openFinder = () => {
    if (!finder || finder.open) return;
    finder.showModal();
    const field = finder.querySelector("input");
    field.select();
    field.dispatchEvent(new Event("open"));
  };

  document.addEventListener("click", (event) => {
    if (!finder || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("[data-find]")) {
      event.preventDefault();
      document.getElementById("drawer")?.hidePopover();
      openFinder();
    }
    if (event.target === finder || event.target === shortcuts) event.target.close(); // the backdrop
  });

  // Arrows walk through what was found; Enter in the field opens the first.
  finder?.addEventListener("keydown", (event) => {
    const stops = [finder.querySelector("input"), ...finder.querySelectorAll(".finder-found a")];
    const here = stops.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      stops[(Math.max(here, 0) + step + stops.length) % stops.length].focus();
    } else if (event.key === "Enter" && here === 0 && stops.length > 1) {
      event.preventDefault();
      stops[1].click();
    }
  });

  const isTyping = (place) => place.closest("input, textarea, select, [contenteditable]") !== null;
  let wasG = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      if (!finder) return;
      event.preventDefault();
      openFinder();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?" && shortcuts) {
      event.preventDefault();
      shortcuts.showModal();
    } else if (event.key === "/") {
      const field = document.querySelector("main input[type=search]");
      if (!field) return;
      event.preventDefault();
      field.focus();
    } else if (event.key === "g") {
      wasG = event.timeStamp;
    } else if (event.timeStamp - wasG < 1500) {
      wasG = 0;
      document.querySelector(`.rail a[data-key="${CSS.escape(event.key)}"]`)?.click();
    }
  });

  // --- Unsaved input is not lost without a word ---

  const isDirty = (form) => [...form.elements].some((field) => {
    if (field.type === "hidden" || field.type === "search" || !field.name) return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field instanceof HTMLSelectElement) {
      const chosen = [...field.options].some((option) => option.defaultSelected);
      return [...field.options].some((option, index) => option.selected !== (chosen ? option.defaultSelected : index === 0));
    }
    if (field.type === "file") return field.files.length > 0;
    return "defaultValue" in field && field.value !== field.defaultValue;
  });
  let isSending = false;
  document.addEventListener("submit", () => { isSending = true; });
  window.addEventListener("pageshow", () => { isSending = false; });
  window.addEventListener("beforeunload", (event) => {
    const forms = document.querySelectorAll("main form[method=post]:not([data-unguarded])");
    if (!isSending && [...forms].some(isDirty)) event.preventDefault();
  });
})();

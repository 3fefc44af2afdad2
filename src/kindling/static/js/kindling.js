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

  // How many rows are selected, said beside what is done with them.
  const count = () => {
    for (const place of document.querySelectorAll("[data-count]")) {
      const selected = document.querySelectorAll(`input[name="${place.dataset.count}"]:checked`).length;
      place.textContent = `${selected.toLocaleString("en")} selected`;
    }
  };
  count();
  document.body.addEventListener("htmx:afterSwap", count); // a search takes away the boxes that it does not find

  // With Shift, all rows from the last one that was clicked are selected with it.
  let lastBox = null;
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || !box.closest("td.pick")) return;
    const boxes = [...document.querySelectorAll(`td.pick input[name="${box.name}"]`)];
    const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(box)].sort((one, other) => one - other);
    if (event.shiftKey && from >= 0) {
      for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
    }
    lastBox = box;
    count();
  });

  // A second press would send twice; the server would refuse it, this saves the detour.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement) || event.target.method === "get") return;
    if (event.target.hasAttribute("hx-post") || event.target.hasAttribute("hx-get")) return;
    window.setTimeout(() => { button.disabled = true; }, 0);
    window.setTimeout(() => { button.disabled = false; }, 4000);
  });

  // What stops spend is shown as under way at once; the answer says what came of it.
  document.addEventListener("submit", (event) => {
    const words = event.target.dataset.busy;
    if (!words || event.defaultPrevented) return;
    const chip = event.target.closest("tr")?.querySelector("td .chip");
    if (chip) {
      chip.className = "chip is-busy";
      chip.textContent = words;
    }
    event.target.closest("[popover]")?.hidePopover();
  });

  // --- Getting around by the keyboard ---

  const finder = document.getElementById("finder");
  const shortcuts = document.getElementById("shortcuts");
  const field = finder?.querySelector("input");
  const found = document.getElementById("finder-found");
  let answered = null; // the text that the results in sight belong to
  let isWanted = false; // Enter was pressed before they came

  const openFinder = () => {
    if (!finder || finder.open) return;
    finder.showModal();
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
    if (event.target.closest("[data-shortcuts]")) {
      finder.close();
      shortcuts.showModal();
    }
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
    if (event.target === finder || event.target === shortcuts) event.target.close(); // the backdrop
  });

  const openFirst = () => {
    isWanted = false;
    found.querySelector("a")?.click();
  };
  found?.addEventListener("htmx:afterSwap", () => {
    answered = new URLSearchParams(found.querySelector("[data-answers]")?.dataset.answers ?? "").get("q");
    if (isWanted && answered === field.value) openFirst();
  });
  field?.addEventListener("input", () => { isWanted = false; });

  // Arrows walk through what was found; Enter in the field opens the first, once it is that of the text.
  finder?.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const stops = [field, ...found.querySelectorAll("a")];
    const here = stops.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      stops[(Math.max(here, 0) + step + stops.length) % stops.length].focus();
    } else if (event.key === "Enter" && here === 0) {
      event.preventDefault();
      if (answered === field.value) openFirst();
      else isWanted = true;
    } else if (event.key === "Escape") {
      event.preventDefault(); // in a search field the first one would only clear it
      finder.close();
    }
  });

  // Single keys can be switched off, for whoever speaks to the browser or slips on the keys.
  const KEYS = "kindling-single-keys";
  const areKeysOff = () => window.localStorage.getItem(KEYS) === "off";
  const keysButton = document.querySelector("[data-keys]");
  const sayKeys = () => {
    if (keysButton) keysButton.textContent = areKeysOff() ? "Switch single keys on" : "Switch single keys off";
  };
  keysButton?.addEventListener("click", () => {
    window.localStorage.setItem(KEYS, areKeysOff() ? "on" : "off");
    sayKeys();
  });
  sayKeys();

  const isTyping = (place) => place.closest("input, textarea, select, [contenteditable], [popover]") !== null;
  let afterG = -Infinity;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      if (!finder) return;
      event.preventDefault();
      openFinder();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (areKeysOff()) return;
    if (document.querySelector("dialog[open]")) return;
    const isAfterG = event.timeStamp - afterG < 1500;
    afterG = -Infinity;
    if (isAfterG) {
      document.querySelector(`.rail a[data-key="${CSS.escape(event.key)}"]`)?.click();
    } else if (event.key === "?" && shortcuts) {
      event.preventDefault();
      shortcuts.showModal();
    } else if (event.key === "/") {
      const search = document.querySelector("main input[type=search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
    } else if (event.key === "g") {
      afterG = event.timeStamp;
    }
  });

  // Enter on the box of a row leads to what can be done with the rows that are selected.
  document.addEventListener("keydown", (event) => {
    const box = event.target;
    if (event.key !== "Enter" || event.isComposing || !(box instanceof HTMLInputElement) || !box.closest("td.pick")) return;
    event.preventDefault();
    document.querySelector(".selection button")?.focus();
  });

  // A list that changes by itself is fetched anew, and when one comes back to the page; never while somebody is at it.
  const refresh = async () => {
    const list = document.querySelector("[data-refresh]");
    const isBusy = document.hidden || document.querySelector("dialog[open], :popover-open, td.pick input:checked");
    if (!list || isBusy || list.contains(document.activeElement)) return;
    if ([...list.querySelectorAll("form[method=post]")].some((form) => isDirty(form, true))) return;
    const left = list.querySelector(".table-wrap")?.scrollLeft ?? 0;
    await window.htmx.ajax("GET", window.location.href, { source: list, target: list, select: "#results", swap: "outerHTML" });
    const wrap = document.querySelector("[data-refresh] .table-wrap");
    if (wrap) wrap.scrollLeft = left;
  };
  const seconds = Number(document.querySelector("[data-refresh]")?.dataset.refresh ?? 0);
  if (seconds) {
    window.setInterval(refresh, seconds * 1000);
    document.addEventListener("visibilitychange", refresh);
  }

  // The filter that is on is in sight, on a phone too.
  for (const each of document.querySelectorAll(".filters [aria-current]")) {
    const line = each.parentElement;
    line.scrollLeft = each.offsetLeft - line.offsetLeft - (line.clientWidth - each.offsetWidth) / 2;
  }

  // --- Unsaved input is not lost without a word ---

  const isDirty = (form, also = false, kept = null) => [...form.elements].some((each) => {
    if (each.type === "hidden" || each.type === "search" || !each.name) return false;
    if (kept && each.matches(kept)) return false;
    if (each.dataset.unguarded !== undefined && !also) return false;
    if (each.type === "checkbox" || each.type === "radio") return each.checked !== each.defaultChecked;
    if (each instanceof HTMLSelectElement) {
      const options = [...each.options];
      const hasDefault = options.some((option) => option.defaultSelected);
      return options.some((option, index) => option.selected !== (hasDefault ? option.defaultSelected : index === 0));
    }
    if (each.type === "file") return each.files.length > 0;
    return "defaultValue" in each && each.value !== each.defaultValue;
  });
  // What is sent is not lost; whatever else was typed on the page is. A form that downloads leaves the page as it is.
  let sent = null;
  document.addEventListener("submit", (event) => {
    if (event.target.method === "post" && !event.defaultPrevented) {
      sent = event.target;
      window.setTimeout(() => { sent = null; }, 4000);
    }
  });
  // A link that downloads or opens another program leaves nothing.
  let isStaying = false;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    isStaying = link !== null && (link.hasAttribute("download") || link.protocol === "mailto:");
    window.setTimeout(() => { isStaying = false; }, 1000);
  });
  // A search that draws its list anew takes along what was typed into it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const forms = [...event.detail.target.querySelectorAll("form[method=post]")];
    const kept = event.detail.requestConfig?.elt.getAttribute("hx-include"); // fields that the request takes along
    if (!forms.some((form) => isDirty(form, true, kept))) return;
    if (!window.confirm("What you typed below has not been sent and will be lost. Go on?")) event.detail.shouldSwap = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (isStaying) return;
    const forms = [...document.querySelectorAll("main form[method=post]:not([data-unguarded])")];
    if (forms.some((form) => form !== sent && isDirty(form))) event.preventDefault();
  });
})();

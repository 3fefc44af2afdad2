// What was typed into a form that did not arrive is not lost: the session had ended, or there was no connection.
// It stays in this tab only, never holds a password, a code or a file, and is forgotten once a form arrived.
(() => {
  "use strict";

  const KEY = "kindling-typed";
  const MOST_MINUTES = 60;
  const flash = document.getElementById("flash");
  const isDoor = document.body.dataset.door !== undefined; // where one signs in

  const isKept = (field) => field.name !== ""
    && !["password", "file", "hidden", "submit", "button", "reset"].includes(field.type)
    && field.dataset.secret === undefined;
  const fieldsOf = (form) => [...form.elements].filter(isKept);
  const isChoice = (field) => field.type === "checkbox" || field.type === "radio";

  const say = (words, tone) => {
    if (!flash || !words) return;
    const notice = document.createElement("p");
    notice.className = `notice is-${tone}`;
    notice.setAttribute("role", "alert");
    notice.textContent = words;
    flash.replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented || form.dataset.unguarded !== undefined || isDoor) return;
    if (!navigator.onLine) {
      event.preventDefault();
      say(flash?.dataset.offline, "warn");
      return;
    }
    const fields = fieldsOf(form).map((field) => [field.name, isChoice(field) ? field.checked : field.value]);
    const typed = { path: window.location.pathname, action: form.getAttribute("action"), fields, at: Date.now() };
    try {
      window.sessionStorage.setItem(KEY, JSON.stringify(typed));
    } catch {
      // No room, or not allowed here: the form is sent all the same.
    }
  });

  const restore = (typed) => {
    const forms = [...document.querySelectorAll("form[method=post]")];
    const form = forms.find((each) => each.getAttribute("action") === typed.action
      && fieldsOf(each).length === typed.fields.length);
    if (!form) return;
    for (const [index, field] of fieldsOf(form).entries()) {
      const [name, value] = typed.fields[index];
      if (field.name !== name) return;
      if (isChoice(field)) field.checked = value;
      else field.value = value;
    }
    for (const each of form.querySelectorAll("details")) each.open = true;
    form.closest("details")?.setAttribute("open", "");
    form.closest("[popover]")?.showPopover();
    say(flash?.dataset.restored, "info");
  };

  const held = window.sessionStorage.getItem(KEY);
  if (held === null) return;
  const typed = JSON.parse(held);
  if (isDoor) {
    window.sessionStorage.setItem(KEY, JSON.stringify({ ...typed, isLost: true })); // until one is signed in again
    return;
  }
  window.sessionStorage.removeItem(KEY);
  const isOld = Date.now() - typed.at > MOST_MINUTES * 60_000;
  if (typed.isLost && typed.path === window.location.pathname && !isOld) restore(typed);
})();

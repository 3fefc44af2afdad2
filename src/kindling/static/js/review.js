// Beside a video: a note's timestamp is gone to with a click, the one shown goes into a new note; the bar of a phone
// leads to the decision with the choice made.
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-verdict]") : null;
    const section = link && document.getElementById(link.hash.slice(1))?.closest("section");
    if (!section) return;
    event.preventDefault();
    section.querySelector(`input[name="verdict"][value="${link.dataset.verdict}"]`).checked = true;
    const isApproval = link.dataset.verdict === "approve";
    const next = isApproval
      ? section.querySelector("input[name=ticked]:not(:checked)") ?? section.querySelector("button")
      : section.querySelector("textarea");
    section.scrollIntoView({ block: "start" });
    next.focus({ preventScroll: true });
  });

  const film = document.querySelector("[data-film]");
  if (!film) return;

  const clock = () => {
    const seconds = Math.floor(film.currentTime);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  const playhead = document.querySelector("[data-playhead]");
  const field = document.querySelector("[data-moment]");
  const say = () => { if (playhead) playhead.textContent = clock(); };
  film.addEventListener("timeupdate", say);
  film.addEventListener("seeking", say);

  const noteHere = () => {
    if (!field) return;
    field.value = clock();
    film.pause();
    field.form.elements.text.focus();
  };
  const goTo = (button) => {
    film.currentTime = Number(button.dataset.seek);
    film.focus({ preventScroll: true });
    film.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-seek], [data-take-moment]") : null;
    if (!button) return;
    if (button.dataset.seek !== undefined) goTo(button);
    else noteHere();
  });

  // After a note was saved the page is loaded again: the video goes on where it was.
  if (window.location.hash.startsWith("#note-")) {
    const button = document.getElementById(window.location.hash.slice(1))?.querySelector("[data-seek]");
    if (button) film.currentTime = Number(button.dataset.seek);
  }

  // Single keys, unless they are switched off (kindling.js has the switch, and what follows a g).
  let afterG = -Infinity;
  document.addEventListener("keydown", (event) => {
    const isHere = event.target instanceof Element && event.target.closest("input, textarea, select, dialog, [popover]") === null;
    if (!isHere || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (window.localStorage.getItem("kindling-single-keys") === "off" || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    const isAfterG = event.timeStamp - afterG < 1500;
    afterG = key === "g" ? event.timeStamp : -Infinity;
    const does = {
      n: noteHere,
      k: () => { if (film.paused) film.play(); else film.pause(); },
      j: () => { film.currentTime = Math.max(0, film.currentTime - 5); },
      l: () => { film.currentTime += 5; },
    }[key];
    if (!does || isAfterG) return;
    event.preventDefault();
    does();
  });
})();

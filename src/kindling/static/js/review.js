// Beside a film: a note's moment is gone to with a click, and the moment shown goes into a new note.
(() => {
  "use strict";

  const film = document.querySelector("[data-film]");
  if (!film) return;

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-seek], [data-take-moment]") : null;
    if (!button) return;
    if (button.dataset.seek !== undefined) {
      film.currentTime = Number(button.dataset.seek);
      film.focus({ preventScroll: true });
      film.scrollIntoView({ block: "nearest" });
      return;
    }
    const field = document.querySelector("[data-moment]");
    const seconds = Math.floor(film.currentTime);
    field.value = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    film.pause();
    field.form.elements.text.focus();
  });
})();

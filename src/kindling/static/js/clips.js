// A cover plays its video: where the pointer rests, at a key, at a tap. One player for the whole page.
(() => {
  "use strict";

  const REST = 250; // ms that a pointer rests before anything is fetched
  const WIDTH = 200;
  const GAP = 10;
  const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let box = null; // the player
  let owner = null; // the cover it plays for
  let isHeld = false; // opened by a press: it stays until it is closed
  let timer = 0;

  const build = () => {
    box = document.createElement("div");
    box.className = "clip-box";
    box.setAttribute("popover", "manual");
    box.setAttribute("role", "dialog");
    const video = document.createElement("video");
    video.muted = true;
    video.loop = true;
    video.playsInline = true;
    video.width = WIDTH;
    video.height = (WIDTH * 16) / 9;
    const words = document.createElement("p");
    words.className = "clip-words";
    words.setAttribute("role", "status");
    const link = document.createElement("a");
    link.rel = "noopener noreferrer";
    link.target = "_blank";
    video.addEventListener("error", () => {
      if (!owner || !video.hasAttribute("src")) return;
      words.textContent = owner.dataset.words.split("|")[1];
      video.hidden = true;
    });
    box.append(video, words, link);
    box.addEventListener("pointerleave", () => { if (!isHeld) leave(); });
    box.addEventListener("pointerenter", () => window.clearTimeout(timer));
    document.body.append(box);
  };

  const place = () => {
    const at = owner.getBoundingClientRect();
    const own = box.getBoundingClientRect();
    const isRight = at.right + GAP + own.width < window.innerWidth;
    const isNarrow = window.innerWidth < 600;
    const left = isNarrow ? (window.innerWidth - own.width) / 2 : isRight ? at.right + GAP : at.left - GAP - own.width;
    const most = document.documentElement.clientWidth - own.width - GAP;
    box.style.left = `${Math.max(GAP, Math.min(left, most))}px`;
    box.style.top = `${Math.max(GAP, Math.min(at.top, window.innerHeight - own.height - GAP))}px`;
  };

  const close = () => {
    window.clearTimeout(timer);
    if (!owner) return;
    const video = box.querySelector("video");
    video.pause();
    video.removeAttribute("src");
    video.load(); // lets go of the connection
    box.hidePopover();
    owner.removeAttribute("aria-expanded");
    owner = null;
    isHeld = false;
  };

  const leave = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(close, 200);
  };

  const play = (cover, held) => {
    window.clearTimeout(timer);
    if (owner === cover) {
      isHeld = isHeld || held;
      return;
    }
    close();
    if (!box) build();
    owner = cover;
    isHeld = held;
    const video = box.querySelector("video");
    const picture = cover.querySelector("img");
    const link = box.querySelector("a");
    box.querySelector(".clip-words").textContent = "";
    box.setAttribute("aria-label", cover.getAttribute("aria-label"));
    video.hidden = false;
    video.poster = picture ? picture.src.replace("size=tile", "size=cover") : "";
    video.controls = held;
    video.src = cover.dataset.clip;
    link.hidden = !cover.dataset.tiktok;
    link.href = cover.dataset.tiktok;
    link.textContent = cover.dataset.words.split("|")[0]; // in the page's language
    cover.setAttribute("aria-expanded", "true");
    box.showPopover();
    place();
    video.play().catch(() => { video.controls = true; });
  };

  const coverOf = (event) => (event.target instanceof Element ? event.target.closest("[data-clip]") : null);

  document.addEventListener("pointerover", (event) => {
    const cover = coverOf(event);
    if (!cover || event.pointerType !== "mouse" || isCalm.matches) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => play(cover, false), REST);
  });
  document.addEventListener("pointerout", (event) => {
    const cover = coverOf(event);
    if (!cover || cover.contains(event.relatedTarget) || isHeld) return;
    leave();
  });
  document.addEventListener("focusin", (event) => {
    const cover = coverOf(event);
    if (cover && cover.matches(":focus-visible") && !isCalm.matches) {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => play(cover, false), REST);
    } else if (owner && !box.contains(event.target)) leave();
  });
  document.addEventListener("click", (event) => {
    const cover = coverOf(event);
    if (cover) {
      event.preventDefault();
      if (owner === cover && isHeld) close();
      else if (owner === cover) {
        isHeld = true;
        box.querySelector("video").controls = true;
      } else play(cover, true);
    } else if (owner && !box.contains(event.target)) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && owner) close();
  });
  document.addEventListener("scroll", () => { if (owner) close(); }, { passive: true, capture: true });
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); });
})();

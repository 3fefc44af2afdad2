// Puts the player in the place of each quotation that oEmbed hands out.
"use strict";

for (const quote of document.querySelectorAll("blockquote.tiktok-embed[data-video-id]")) {
  const frame = document.createElement("iframe");
  const number = encodeURIComponent(quote.dataset.videoId);
  frame.src = new URL(`/embed/v2/${number}`, document.currentScript.src).href;
  frame.title = "Video on TikTok";
  frame.width = "325";
  frame.height = "720";
  frame.allow = "fullscreen";
  frame.style.border = "0";
  quote.replaceWith(frame);
}

"""A film of a second, recorded by the browser itself: it plays, and is another one each time."""

from __future__ import annotations

import base64

from playwright.sync_api import Browser

_RECORD = """async ([words, seconds]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 540, height: 960 });
  document.body.append(canvas);
  const ink = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(12), { mimeType: "video/mp4;codecs=vp9" });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const stopped = new Promise((done) => { recorder.onstop = done; });
  const start = performance.now();
  const draw = (done) => {
    const passed = (performance.now() - start) / 1000;
    ink.fillStyle = "#1d3557";
    ink.fillRect(0, 0, 540, 960);
    ink.fillStyle = "#ffd166";
    ink.beginPath();
    ink.arc(270, 620 - 160 * passed, 130, 0, 7);
    ink.fill();
    ink.fillStyle = "#ffffff";
    ink.font = "44px sans-serif";
    ink.textAlign = "center";
    ink.fillText(words, 270, 850);
    if (passed < seconds) setTimeout(() => draw(done), 60);
    else done();
  };
  recorder.start();
  await new Promise(draw);
  recorder.stop();
  await stopped;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
}"""


def recorded(chromium: Browser, words: str, *, seconds: float = 1.5) -> bytes:
    """An MP4, 540 x 960, of a sun that rises over these words."""
    page = chromium.new_page()
    page.goto("about:blank")
    found: str = page.evaluate(_RECORD, [words, seconds])
    page.close()
    return base64.b64decode(found)

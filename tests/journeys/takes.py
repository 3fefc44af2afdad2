"""A film of a second, recorded by the browser itself: it plays, and is another one each time."""

from __future__ import annotations

import base64
from io import BytesIO

from playwright.sync_api import Browser

from kindling.kit.media import read_film

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


SHORTEST_SECONDS, TAKES = 1, 8


def recorded(chromium: Browser, words: str, *, seconds: float = 1.5) -> bytes:
    """An MP4, 540 x 960, of at least a second: a sun that rises over these words.

    A busy machine may drop its first frames, and a shorter film comes out: it is taken again, a longer one.
    """
    page = chromium.new_page()
    page.goto("about:blank")
    for take in range(TAKES):
        film = base64.b64decode(page.evaluate(_RECORD, [words, seconds + take]))
        if (read_film(BytesIO(film)).duration_seconds or 0) >= SHORTEST_SECONDS:
            page.close()
            return film
    raise AssertionError(f"none of {TAKES} films lasted {SHORTEST_SECONDS} s")

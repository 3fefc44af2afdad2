"""Make the short videos and the sound in src/tiktok_sandbox/media/data/ again. Needs ffmpeg.

The sandbox itself needs no encoder: it puts clips together from these pieces. Run it after a change of
scenes.py or of the numbers below:  PYTHONPATH=src .venv/bin/python scripts/make_clips.py
Another version of ffmpeg or x264 gives other bytes of the same picture.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tiktok_sandbox.media.clips import FRAMES_A_SECOND, FRAMES_A_SHOT, file_name, read_pieces
from tiktok_sandbox.media.scenes import PALETTES, SHOTS, draw, moment_of
from tiktok_sandbox.media.sounds import BYTES_A_SECOND
from tiktok_sandbox.media.sounds import FILE as SOUND
from tiktok_sandbox.media.sounds import SECONDS as SOUND_SECONDS

DATA = Path(__file__).parents[1] / "src" / "tiktok_sandbox" / "media" / "data"
SIZE = (270, 480)
MOST_BYTES = 300_000
# One key frame a shot and no frame that looks ahead, so that shots can be put in any order.
X264 = (
    f"keyint={FRAMES_A_SHOT}:min-keyint={FRAMES_A_SHOT}:scenecut=0:bframes=0:ref=3:"
    "rc-lookahead=24:aq-mode=2:info=0"
)
# A quiet chord that begins and ends at nothing.
CHORD = "0.12*(sin(2*PI*220*t)+sin(2*PI*277.18*t)+sin(2*PI*329.63*t))*sin(PI*t/{length})"


def main() -> None:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        sys.exit("ffmpeg is missing. On Debian and Ubuntu: apt-get install ffmpeg")
    DATA.mkdir(exist_ok=True)
    for kind, room in PALETTES:
        make_clip(ffmpeg, kind, room)
    make_sound(ffmpeg)
    total = sum(file.stat().st_size for file in DATA.iterdir())
    print(f"{len(list(DATA.iterdir()))} files, {total:,} bytes")
    if total > MOST_BYTES:
        sys.exit(f"more than {MOST_BYTES:,} bytes: they are in every installation")


def make_clip(ffmpeg: str, kind: str, room: int) -> None:
    pixels = b"".join(
        draw(kind, room, moment_of(shot, frame / FRAMES_A_SHOT), size=SIZE).tobytes()
        for shot in SHOTS
        for frame in range(FRAMES_A_SHOT)
    )
    target = DATA / file_name(kind, room)
    command = [
        ffmpeg, "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24",
        "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", str(FRAMES_A_SECOND), "-i", "-",
        "-c:v", "libx264", "-profile:v", "main", "-level", "3.0", "-pix_fmt", "yuv420p",
        "-preset", "veryslow", "-crf", "31", "-x264-params", X264, "-threads", "1", "-an",
        "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart",
        str(target),
    ]  # fmt: skip
    subprocess.run(command, input=pixels, check=True)  # noqa: S603 - our own arguments
    read_pieces(target.read_bytes())
    print(f"{target.name}: {target.stat().st_size:,} bytes")


def make_sound(ffmpeg: str) -> None:
    """A piece that can be repeated: frames of one size, none of which needs the one before."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "sound.mp3"
        wave = f"aevalsrc={CHORD.format(length=SOUND_SECONDS)}:s=24000:d={SOUND_SECONDS}"
        command = [
            ffmpeg, "-v", "error", "-y", "-f", "lavfi", "-i", wave, "-c:a", "libmp3lame",
            "-b:a", str(BYTES_A_SECOND * 8), "-ac", "1", "-reservoir", "0", "-write_xing", "0", "-id3v2_version", "0",
            "-map_metadata", "-1", "-fflags", "+bitexact", str(target),
        ]  # fmt: skip
        subprocess.run(command, check=True)  # noqa: S603 - our own arguments
        (DATA / SOUND).write_bytes(target.read_bytes())


if __name__ == "__main__":
    main()

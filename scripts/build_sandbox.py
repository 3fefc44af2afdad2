"""Build the sandbox as a distribution of its own: a wheel and a source archive of tiktok_sandbox.

    .venv/bin/python scripts/build_sandbox.py [FOLDER]      dist/ unless named

Code, metadata and licence lie apart in the repository; they are put together in a temporary folder, from
which the source archive can be built again by anybody. Needs no network: uv brings its own build backend.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "packages" / "tiktok-sandbox"
CODE = ROOT / "src" / "tiktok_sandbox"


def assemble(folder: Path) -> None:
    """Lay out the project in `folder`, which must not exist."""
    shutil.copytree(PACKAGE, folder)
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE")
    shutil.copytree(
        CODE, folder / "src" / CODE.name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )


def build(target: Path) -> list[Path]:
    """Build into `target`; returns the source archive and the wheel. Raises CalledProcessError."""
    target.mkdir(parents=True, exist_ok=True)
    uv = shutil.which(
        "uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    if uv is None:
        sys.exit("uv is missing: run `make dev`, then .venv/bin/python scripts/build_sandbox.py")
    with tempfile.TemporaryDirectory(prefix="tiktok-sandbox-") as place:
        folder = Path(place) / "tiktok-sandbox"
        assemble(folder)
        built = Path(place) / "built"
        command = [uv, "build", "--quiet", str(folder), "--out-dir", str(built)]
        subprocess.run(command, check=True)  # noqa: S603 - our own uv, on our own files
        return [
            Path(shutil.copy2(path, target / path.name))
            for path in sorted(built.glob("tiktok_sandbox-*"), reverse=True)
        ]


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
    for path in build(target):
        print(f"{path}  {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()

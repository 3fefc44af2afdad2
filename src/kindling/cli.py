"""The `kindling` command. Every subcommand lives in `commands/`; docs/reference/cli.md lists them (tested)."""

from __future__ import annotations

import click

from kindling import __version__
from kindling.commands import (
    ads,
    agreements,
    comments,
    demo,
    imports,
    landing,
    launches,
    lists,
    operations,
    reports,
    webhooks,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="kindling")
def main() -> None:
    """Kindling: from "a creator posted" to "live, permitted, and profitable".

    Start with `kindling demo`: it walks the whole path on a simulated TikTok.
    Exit codes: 0 done, 1 refused with a reason, 2 usage, 3 partly done (see the rows).
    """


for group in (
    operations,
    imports,
    agreements,
    launches,
    landing,
    ads,
    comments,
    webhooks,
    lists,
    reports,
    demo,
):
    for each in group.COMMANDS:
        main.add_command(each)


if __name__ == "__main__":
    main()

"""`reconciler demo`: everything at once, in a temporary folder, with no account and nothing to set up."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import output
from reconciler.errors import Broken

EPILOG = "Example: reconciler demo --once"


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the story instead of leaving the daemon running.")
    ] = False,
) -> None:
    """Watch the main job at work on a sample repository and a CodePipeline endpoint on this machine.

    Nothing outside a temporary folder and the loopback address is touched, whatever AWS credentials are around.
    """
    with output.errors():
        try:
            from reconciler.cli.demo import story
        except ModuleNotFoundError as error:
            raise Broken(f"{error}; install the demo: pip install 'codepipeline-reconciler[daemon,demo]'") from None
        story.tell(stay=not once)

"""`reconciler notify`: a message to try whether everybody whom the settings name can be reached."""

from __future__ import annotations

import typer

from reconciler.cli import build, options, output
from reconciler.errors import Broken

UNREACHED = 1

EPILOG = "Example: reconciler notify --format json"


def notify(
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
) -> None:
    """Send a message to everybody whom `notify` names, and say what became of it.

    Exit status: 0 all took it, 1 somebody did not, 2 could not run.
    """
    with output.errors():
        loaded, base = build.settings(config, settings or ())
        if not loaded.notify:
            raise Broken("the settings name nobody below `notify`")
        from reconciler.cli import channels
        from reconciler.daemon import post
        from reconciler.report.notices import Message
        from reconciler.sync import addresses

        said = Message("CodePipeline: a test", ("The reconciler can reach you; nothing happened.",))
        with channels.channels(loaded, base, b"") as ways:
            found = [ways[name] for name in dict.fromkeys(addresses.notice(each, b"") for each in loaded.notify)]
            faults = {way.label: post.fault(way, said) for way in found}
        if form is options.Format.JSON:
            output.as_json([{"notice": label, "fault": fault} for label, fault in faults.items()])
        else:
            output.data("\n".join(fault or f"{label}: sent" for label, fault in faults.items()))
    raise typer.Exit(UNREACHED if any(faults.values()) else 0)

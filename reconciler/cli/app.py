"""The command line's table of verbs."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler import __version__
from reconciler.cli import (
    apply,
    approve,
    compare,
    demo,
    doctor,
    drift,
    history,
    import_,
    init,
    local,
    notify,
    output,
    override,
    plan,
    policy,
    resume,
    retry,
    run,
    schema,
    simulate,
    status,
    suspend,
    sync,
    systemd,
    validate,
)

app = typer.Typer(
    name="reconciler",
    help="GitOps for AWS CodePipeline: keeps the pipelines of many accounts and Regions equal to a git repository.",
    epilog="Start here: reconciler demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"reconciler {__version__}")
        raise typer.Exit


@app.callback()
def main(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """GitOps for AWS CodePipeline: keeps the pipelines of many accounts and Regions equal to a git repository."""
    output.any_encoding()


for module, verb in (
    (init, init.init),
    (validate, validate.validate),
    (plan, plan.plan),
    (apply, apply.apply),
    (run, run.run),
    (sync, sync.sync),
    (approve, approve.approve),
    (suspend, suspend.suspend),
    (resume, resume.resume),
    (retry, retry.retry),
    (override, override.override),
    (drift, drift.drift),
    (notify, notify.notify),
    (status, status.status),
    (history, history.history),
    (import_, import_.import_),
    (compare, compare.compare),
    (simulate, simulate.simulate),
    (schema, schema.schema),
    (local, local.local),
    (doctor, doctor.doctor),
    (demo, demo.demo),
):
    app.command(verb.__name__.rstrip("_"), epilog=module.EPILOG)(verb)

app.add_typer(policy.app, name="policy", epilog=policy.EPILOG)
app.add_typer(systemd.app, name="systemd", epilog=systemd.EPILOG)

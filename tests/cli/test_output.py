"""What people see, on a terminal and elsewhere."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import typer

from reconciler.cli import output
from reconciler.errors import Blocked, Broken, Invalid, Problem, ReconcilerError, Retry
from reconciler.sync.state import Event
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from endpoint.request import Document
    from workshop import Workshop

COLOUR = re.compile(r"\x1b\[[0-9;]*[34][0-9]m")
ESCAPE = "\x1b"


def on_a_terminal(workshop: Workshop, *arguments: str, **variables: str) -> tuple[str, int]:
    """Run a command with a terminal for its output; give what it wrote there, and its exit status."""
    ours, theirs = pty.openpty()
    environment = workshop.environment | {"TERM": "xterm-256color", "COLUMNS": "200"} | variables
    command = [sys.executable, "-m", "reconciler", *arguments]
    process = subprocess.Popen(command, cwd=workshop.folder, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    text = b""
    with suppress(OSError):  # the other side hung up
        while chunk := os.read(ours, 65536):
            text += chunk
    os.close(ours)
    return text.decode(), process.wait(30)


# --- colours and progress


def test_a_plan_is_coloured_on_a_terminal(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    text, status = on_a_terminal(workshop, "plan")
    assert status == 3
    assert f"\x1b[32m  + create  {document['name']}" in text


def test_no_colour_is_respected_on_a_terminal(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    text, status = on_a_terminal(workshop, "plan", NO_COLOR="1")
    assert (status, COLOUR.findall(text)) == (3, [])
    assert f"  + create  {document['name']}" in text


def test_progress_is_shown_on_a_terminal_unless_quiet(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    loud, quiet = on_a_terminal(workshop, "plan")[0], on_a_terminal(workshop, "plan", "-q")[0]
    assert "observe" in loud
    assert "observe" not in quiet


@pytest.mark.parametrize("arguments", [("plan",), ("plan", "--format", "markdown"), ("apply",), ("--help",)])
def test_there_is_no_escape_code_where_the_output_is_not_a_terminal(
    workshop: Workshop, document: Document, arguments: tuple[str, ...]
) -> None:
    workshop.define(document)
    finished = workshop.run(*arguments, TERM="xterm-256color")
    assert finished.out
    assert ESCAPE not in finished.out + finished.err


def test_a_terminal_of_another_encoding_gets_escapes_and_no_traceback(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.apply()
    workshop.endpoint.edit(ACCOUNT, REGION, document["name"], lambda live: live | {"executionMode": "QUEUED"})
    finished = workshop.run("plan", check=3, PYTHONIOENCODING="ascii")
    assert "executionMode: QUEUED \\u2192 SUPERSEDED" in finished.out


@pytest.mark.parametrize("verb", ["plan", "status"])
def test_a_reader_that_hangs_up_sees_no_traceback(workshop: Workshop, documents: list[Document], verb: str) -> None:
    workshop.define(*documents)
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "reconciler", verb, "--format", "json"]
    done = subprocess.run(
        command, cwd=workshop.folder, env=workshop.environment, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert done.stderr == b""


# --- data


def test_json_has_sorted_keys_and_keeps_every_letter(capsys: pytest.CaptureFixture[str]) -> None:
    output.as_json({"b": "é", "a": [1]})
    assert capsys.readouterr().out == '{\n  "a": [\n    1\n  ],\n  "b": "é"\n}\n'


def test_a_row_is_one_line_however_long_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("name", "reason"), [("shop", "because " * 200), ("[bold]store[/]", "")])
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "reason"]
    assert first.count("because") == 200
    assert second.startswith("[bold]store[/]")


def test_a_plan_line_is_never_broken_or_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    line = "      note: [red]" + "word " * 100 + ":smile:"
    output.plan_text(f"{line}\nThe summary.")
    assert capsys.readouterr().out == f"{line}\nThe summary.\n"
    output.plan_text(f"{line}\nThe summary.", quiet=True)
    assert capsys.readouterr().out == f"{line}\n"


# --- messages


def test_a_message_goes_to_standard_error_without_credentials(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("https://ana:sesame@git.example.com does not answer")
    assert capsys.readouterr() == ("", "https://****@git.example.com does not answer\n")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Retry("later"), "reconciler: later\n"),
        (Blocked("somebody must act"), "reconciler: somebody must act\n"),
        (Broken("this is wrong"), "reconciler: this is wrong\n"),
        (
            Invalid((Problem("a.yaml", 1, 2, "x", "is wrong"), Problem("b.yaml", 0, 0, "", "too", "mend it"))),
            "reconciler: a.yaml:1:2: x: is wrong\nb.yaml: too (mend it)\n",
        ),
    ],
)
def test_an_expected_error_is_a_message_and_status_2(
    capsys: pytest.CaptureFixture[str], error: ReconcilerError, words: str
) -> None:
    with pytest.raises(typer.Exit) as caught, output.errors():
        raise error
    assert caught.value.exit_code == 2
    assert capsys.readouterr() == ("", words)


@pytest.mark.parametrize("defect", [ValueError("a defect"), ModuleNotFoundError("a defect", name="reconciler.absent")])
def test_a_defect_is_not_dressed_up(defect: Exception) -> None:
    with pytest.raises(type(defect), match="a defect"), output.errors():
        raise defect


def test_a_package_that_is_missing_is_named_with_the_way_to_install_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), output.errors():
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
    assert capsys.readouterr().err == (
        "reconciler: No module named 'psycopg'; install what is missing: "
        "pip install 'codepipeline-reconciler[daemon]'\n"
    )


@pytest.mark.parametrize(
    ("quiet", "verbose", "told"),
    [(False, False, ""), (True, False, ""), (False, True, "read: a.yaml\n"), (True, True, "read: a.yaml\n")],
)
def test_events_are_lines_only_if_asked_for_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], quiet: bool, verbose: bool, told: str
) -> None:
    with output.progress(quiet=quiet, verbose=verbose) as tell:
        tell(Event("read", "a.yaml", 1, 2))
    assert capsys.readouterr() == ("", told)


def test_standard_output_that_is_no_text_stream_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.StringIO()
    monkeypatch.setattr(sys, "stdout", text)
    output.any_encoding()
    output.data("→")
    assert text.getvalue() == "→\n"

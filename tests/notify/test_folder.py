"""Reports in a folder."""

from __future__ import annotations

import pytest

from reconciler.errors import Blocked, Broken
from reconciler.notify.folder import Folder
from reconciler.report.notices import File, Message


def test_a_file_is_written_whole_and_nothing_else_is_left(tmp_path):
    Folder("drift.to x", tmp_path / "deep" / "x", 3).send(File("drift-1.html", "text/html", "<p>ä\udc80</p>"))
    assert [(each.name, each.read_text()) for each in (tmp_path / "deep" / "x").iterdir()] == [
        ("drift-1.html", "<p>ä\\udc80</p>")
    ]


def test_the_newest_of_each_format_are_kept_and_what_is_not_ours_is_left_alone(tmp_path):
    (tmp_path / "other.html").touch()
    for number in range(5):
        for suffix in ("html", "json"):
            Folder("x", tmp_path, 2).send(File(f"drift-{number}.{suffix}", "", ""))
    kept = {"drift-3.html", "drift-4.html", "drift-3.json", "drift-4.json", "other.html"}
    assert {each.name for each in tmp_path.iterdir()} == kept


def test_a_name_leads_nowhere_else(tmp_path):
    Folder("x", tmp_path / "in", 2).send(File("../drift-1.html", "", ""))
    assert [each.name for each in tmp_path.iterdir()] == ["in"]


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Blocked, match=r"drift\.to file: .*let this process write there"):
        Folder("drift.to file", tmp_path / "file", 2).send(File("drift-1.html", "", ""))


def test_messages_are_no_files(tmp_path):
    with pytest.raises(Broken, match="files only"):
        Folder("x", tmp_path, 2).send(Message("one"))

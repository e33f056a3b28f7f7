from __future__ import annotations

import pytest

from reconciler.source import tree


def _line(mode: str, size: str, path: bytes) -> bytes:
    kind = "commit" if mode == "160000" else "blob"
    return f"{mode} {kind} {'a' * 40} {size:>7}\t".encode() + path + b"\0"


def test_entries_are_read_whatever_their_names() -> None:
    listing = _line("100644", "12", b"a b\tc\n.yaml") + _line("100755", "0", b"caf\xe9.yaml")
    assert [entry.path for entry in tree.entries(listing)] == ["a b\tc\n.yaml", "caf\\xe9.yaml"]
    assert [entry.size for entry in tree.entries(listing)] == [12, 0]


@pytest.mark.parametrize(
    ("mode", "size", "is_damaged"), [("100644", "BAD", True), ("160000", "-", False), ("100644", "0", False)]
)
def test_a_file_without_a_size_is_damaged_and_a_submodule_is_not(mode: str, size: str, is_damaged: bool) -> None:
    (entry,) = tree.entries(_line(mode, size, b"a.yaml"))
    assert entry.damaged is is_damaged


def test_nothing_below_the_folder_gives_nothing() -> None:
    assert tree.sift(tree.entries(b""), "", 9, lambda _: True) == ((), ())


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "a.json", "deep/er/a.yaml", "a.b.yaml", "x.d/a.yaml"])
def test_these_names_are_definitions(name: str) -> None:
    found = tree.entries(_line("100644", "1", name.encode()))
    assert [file.path for file in tree.sift(found, "", 9, lambda _: True)[0]] == [name]


@pytest.mark.parametrize("name", ["a.md", "yaml", "a.yaml.j2", ".a.yaml", ".x/a.yaml", "a/.x/b/a.yaml"])
def test_these_names_are_not(name: str) -> None:
    found = tree.entries(_line("100644", "1", name.encode()))
    assert tree.sift(found, "", 9, lambda _: True) == ((), ())

"""What every place for parts promises, local or remote."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from annotator.errors import FormatError
from annotator.workflows.part_store import LocalParts, PartStore, open_parts
from annotator.workflows.remote_parts import OWNER_NOTE, RemoteParts, beneath

PART = "part-000000-0123456789ab.jsonl"


@pytest.fixture(params=["local", "file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder that is not there yet."""
    folder = tmp_path / "run"
    return {"local": str(folder), "file": folder.as_uri(), "memory": f"memory://{uuid4().hex}/run"}[request.param]


@pytest.fixture
def store(place: str) -> PartStore:
    return open_parts(place)


def test_store_is_chosen_by_the_place(place: str, store: PartStore) -> None:
    assert isinstance(store, RemoteParts if "://" in place else LocalParts)
    assert store.place == place


def test_what_is_written_is_read(store: PartStore) -> None:
    content = bytes(range(256)) * 5_000
    assert not store.exists(PART)
    store.write(PART, content)
    assert store.exists(PART)
    assert store.read(PART) == content


def test_second_write_replaces(store: PartStore) -> None:
    store.write(PART, b"long before")
    store.write(PART, b"")
    assert store.exists(PART)
    assert store.read(PART) == b""
    assert list(store.names()) == [PART]


def test_names_leave_out_what_is_hidden(store: PartStore) -> None:
    assert list(store.names()) == []
    for name in ("manifest.json", PART, ".hidden"):
        store.write(name, b"x")
    below = open_parts(beneath(store.place, ".spool"))
    below.write("range-000001.json", b"x")
    assert sorted(store.names()) == ["manifest.json", PART]
    assert list(below.names()) == ["range-000001.json"]


def test_another_process_or_object_sees_the_same(place: str, store: PartStore) -> None:
    store.write(PART, b"x")
    assert open_parts(place).read(PART) == b"x"


def test_delete_takes_one_and_minds_no_absence(store: PartStore) -> None:
    store.write(PART, b"x")
    store.write("manifest.json", b"x")
    store.delete(PART)
    store.delete(PART)
    assert list(store.names()) == ["manifest.json"]


def test_missing_part_is_our_error(store: PartStore) -> None:
    with pytest.raises(FormatError, match=PART):
        store.read(PART)


def test_remove_takes_all(place: str, store: PartStore) -> None:
    store.write(PART, b"x")
    store.write(".hidden", b"x")
    store.remove()
    again = open_parts(place)
    assert list(again.names()) == []
    assert not again.exists(".hidden")
    again.remove()


def test_claim_can_be_had_again_once_given_up(store: PartStore) -> None:
    with store.claim():
        store.write(PART, b"x")
    with store.claim():
        assert list(store.names()) == [PART]


class TestRemote:
    """What holds only where nothing can be locked and renaming may be missing."""

    @pytest.fixture
    def remote(self, tmp_path: Path) -> RemoteParts:
        return RemoteParts((tmp_path / "run").as_uri())

    def test_failed_rename_leaves_nothing(
        self, remote: RemoteParts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remote.write(PART, b"before")
        monkeypatch.setattr(remote, "_files", _Failing(remote._files, "move"))
        with pytest.raises(FormatError, match=r"Cannot write .*: out of reach\. .*--resume"):
            remote.write(PART, b"after")
        assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == {PART: b"before"}

    def test_object_store_is_put_to_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        remote = RemoteParts(f"memory://{uuid4().hex}")
        monkeypatch.setattr(remote, "_files", _Failing(remote._files, "move"))
        remote.write(PART, b"x")
        assert remote.read(PART) == b"x"

    @pytest.mark.parametrize("method", ["get_file_info", "open_input_stream", "delete_file"])
    def test_every_fault_is_our_error(self, remote: RemoteParts, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        monkeypatch.setattr(remote, "_files", _Failing(remote._files, method))
        act: dict[str, Callable[[], Any]] = {
            "get_file_info": lambda: remote.exists(PART),
            "open_input_stream": lambda: remote.read(PART),
            "delete_file": lambda: remote.delete(PART),
        }
        with pytest.raises(FormatError, match="out of reach"):
            act[method]()

    def test_living_run_of_this_machine_keeps_others_out(self, remote: RemoteParts) -> None:
        claim = "import sys; from annotator.workflows.remote_parts import RemoteParts as R\n"
        claim += "with R(sys.argv[1]).claim(): print('mine', flush=True); sys.stdin.read()"
        command = [sys.executable, "-c", claim, remote.uri]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == b"mine\n"
            with pytest.raises(FormatError, match=rf"process {other.pid} on .* delete {OWNER_NOTE}"), remote.claim():
                pass
            other.kill()
        assert remote.exists(OWNER_NOTE)
        with remote.claim():
            assert json.loads(remote.read(OWNER_NOTE))["process"] == os.getpid()
        assert not remote.exists(OWNER_NOTE)

    def test_busy_run_of_another_machine_keeps_others_out(self, remote: RemoteParts, tmp_path: Path) -> None:
        note = {"host": f"not-{socket.gethostname()}", "process": 1, "born": "", "since": "2026-11-20T10:00:00+00:00"}
        remote.write(OWNER_NOTE, json.dumps(note).encode())
        with pytest.raises(FormatError, match="process 1 on not-"), remote.claim():
            pass
        long_ago = 1_700_000_000
        os.utime(tmp_path / "run" / OWNER_NOTE, (long_ago, long_ago))
        with remote.claim():
            pass

    @pytest.mark.parametrize(
        ("uri", "reason"),
        [
            ("nowhere://bucket/run", "Name a folder of this machine or a URI"),
            ("s3://", "it names no folder"),
            ("memory:///", "it names no folder"),
        ],
    )
    def test_place_that_cannot_be_opened(self, uri: str, reason: str) -> None:
        with pytest.raises(FormatError, match=reason):
            open_parts(uri)

    def test_key_in_the_address_is_refused_and_not_repeated(self) -> None:
        with pytest.raises(FormatError, match=r"Cannot open s3://…@bucket/run: passwords and keys") as refusal:
            open_parts("s3://AKIA:secret@bucket/run?region=us-east-1")
        assert "secret@" not in str(refusal.value)
        assert not refusal.value.facts


class _Failing:
    """A file system of which one method does not work."""

    def __init__(self, files: Any, method: str) -> None:
        self._files = files
        self._method = method

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            return self._fail
        return getattr(self._files, name)

    @staticmethod
    def _fail(*_: object, **__: object) -> None:
        raise OSError("out of reach")

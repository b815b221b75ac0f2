"""Watching a folder: what has arrived, one result per content, nothing half-written, a clean stop; nothing sleeps."""

from __future__ import annotations

import json
import signal
import threading
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from annotator.annotations import Agent, SpanSuggestion, Suggestions
from annotator.documents import Document
from annotator.errors import FormatError
from annotator.workflows import arrivals as module
from annotator.workflows import watch as watching
from annotator.workflows.arrivals import Arrival, Arrivals, Stamp
from annotator.workflows.part_store import LocalParts
from annotator.workflows.watch import Watched, WatchReport, Work, stopped_by_signals, watch

Step = Callable[[], object]
STILL = Stamp(1, 2, 3)


class Marker:
    """Marks the first word of each text and remembers whose; fails at texts that hold ``poison``."""

    codebook = "news-framing@1"
    version = "m@1"
    agent: Agent = "model"

    def __init__(self, then: Callable[[str], None] | None = None) -> None:
        self.seen: list[str] = []
        self._then = then

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        for document in documents:
            if "poison" in document.text:
                raise ValueError("cannot swallow this")
            self.seen.append(document.id)
            if self._then:
                self._then(document.id)
            word = document.text.split()[0]
            yield Suggestions(
                document.id,
                self.agent,
                self.version,
                self.codebook,
                (SpanSuggestion(0, len(word), word, "doubt", 0.5),),
            )


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def run(
    inbox: Path,
    out: Path,
    *steps: Step,
    marker: Marker | None = None,
    key: str = "k",
    format: str = "jsonl",
    in_hand: int = 1000,
) -> tuple[WatchReport, list[Watched], list[str]]:
    """Watch; before each further look one step is taken, and after the last step there is one more pair of looks."""
    stop = threading.Event()
    files: list[Watched] = []
    messages: list[str] = []
    waiting: list[Step] = [*steps, lambda: None]

    def wait(_: float) -> None:
        if waiting:
            step: Step = waiting.pop(0)
            step()
        else:
            stop.set()

    report = watch(
        inbox,
        Work(LocalParts(out), [marker or Marker()], key, format),
        stop=stop,
        in_hand=in_hand,
        on_file=files.append,
        on_message=messages.append,
        wait=wait,
        clock=lambda: 0.0,
    )
    return report, files, messages


def results(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if not path.name.startswith("."))


def test_a_file_that_stands_still_is_scored_once(inbox: Path, out: Path) -> None:
    (inbox / "a.txt").write_text("Stolen oil.", "utf-8")
    report, files, _ = run(inbox, out, lambda: None, lambda: None)
    assert report == WatchReport(files=1, scored=1, spans=1)
    (result,) = results(out)
    assert (files[0].name, files[0].result) == ("a.txt", result)
    assert result.startswith("a.txt-")
    (line,) = (out / result).read_text("utf-8").splitlines()
    assert json.loads(line)["id"] == "a.txt"
    assert json.loads(line)["spans"][0]["quote"] == "Stolen"


def test_a_file_renamed_into_place_is_taken_in_the_next_looks(inbox: Path, out: Path) -> None:
    (inbox / "a.txt.part").write_text("Stolen oil.", "utf-8")
    marker = Marker()
    run(inbox, out, lambda: (inbox / "a.txt.part").rename(inbox / "a.txt"), lambda: None, marker=marker)
    assert marker.seen == ["a.txt"]


def test_a_file_that_grows_waits_until_it_stands_still(inbox: Path, out: Path) -> None:
    def write(text: str) -> Step:
        return lambda: (inbox / "a.txt").write_text(text, "utf-8")

    seen: list[str] = []
    marker = Marker(lambda _: seen.append((inbox / "a.txt").read_text("utf-8")))
    write("Sto")()
    run(inbox, out, write("Stolen"), write("Stolen oil"), write("Stolen oil."), lambda: None, marker=marker)
    assert seen == ["Stolen oil."]


@pytest.mark.parametrize("name", [".a.txt", "a.txt.tmp", "a.txt.part", "a.txt~", "~$a.txt", ".hidden/a.txt"])
def test_hidden_and_unfinished_names_are_passed_over(inbox: Path, out: Path, name: str) -> None:
    (inbox / name).parent.mkdir(exist_ok=True)
    (inbox / name).write_text("Stolen oil.", "utf-8")
    assert run(inbox, out)[0] == WatchReport()
    assert results(out) == []


def test_folders_in_the_folder_are_watched_and_their_names_kept_apart(inbox: Path, out: Path) -> None:
    for name in ("may/a.txt", "june/a.txt", "may_a.txt"):
        (inbox / name).parent.mkdir(exist_ok=True)
        (inbox / name).write_text("Stolen oil.", "utf-8")
    marker = Marker()
    run(inbox, out, marker=marker)
    assert sorted(marker.seen) == ["june/a.txt", "may/a.txt", "may_a.txt"]
    assert len(results(out)) == 3


def test_results_may_lie_in_the_folder_but_not_be_it(inbox: Path) -> None:
    (inbox / "a.txt").write_text("Stolen oil.", "utf-8")
    marker = Marker()
    run(inbox, inbox / "results", lambda: None, lambda: None, marker=marker)
    assert marker.seen == ["a.txt"]
    with pytest.raises(FormatError, match="results would arrive there too"):
        run(inbox, inbox)
    with pytest.raises(FormatError, match="there is no such folder"):
        run(inbox / "nowhere", inbox / "results")


def test_a_later_run_skips_what_is_done_and_takes_what_came(inbox: Path, out: Path) -> None:
    (inbox / "a.txt").write_text("Stolen oil.", "utf-8")
    run(inbox, out)
    before = {name: (out / name).read_bytes() for name in results(out)}
    (inbox / "b.txt").write_text("Illicit bases.", "utf-8")
    marker = Marker()
    report, files, _ = run(inbox, out, marker=marker)
    assert marker.seen == ["b.txt"]
    assert (report.files, report.skipped, report.scored) == (2, 1, 1)
    assert {(file.name, file.skipped) for file in files} == {("a.txt", True), ("b.txt", False)}
    assert before.items() <= {name: (out / name).read_bytes() for name in results(out)}.items()


def test_new_content_and_another_model_are_scored_under_new_names(inbox: Path, out: Path) -> None:
    path = inbox / "a.txt"
    path.write_text("Stolen oil.", "utf-8")
    marker = Marker()
    report, _, _ = run(inbox, out, lambda: None, lambda: path.write_text("Fallen oil.", "utf-8"), marker=marker)
    assert (marker.seen, report.scored) == (["a.txt", "a.txt"], 2)
    assert len(results(out)) == 2
    run(inbox, out, key="another model")
    assert len(results(out)) == 3


def test_a_file_that_changes_while_it_is_scored_leaves_no_result_of_the_mixture(inbox: Path, out: Path) -> None:
    path = inbox / "a.txt"
    path.write_text("Stolen oil.", "utf-8")
    texts = iter(["Stolen oil, more of it."])

    def overwrite(_: str) -> None:
        if text := next(texts, ""):
            path.write_text(text, "utf-8")

    marker = Marker(overwrite)
    report, files, _ = run(inbox, out, lambda: None, lambda: None, marker=marker)
    assert (report.files, len(marker.seen)) == (1, 2)
    assert results(out) == [files[0].result]


def test_a_file_that_fails_is_listed_and_not_tried_again_until_it_changes(inbox: Path, out: Path) -> None:
    (inbox / "bad.txt").write_text("poison", "utf-8")
    (inbox / "what.xyz").write_text("?", "utf-8")
    (inbox / "good.txt").write_text("Stolen oil.", "utf-8")
    report, files, messages = run(inbox, out, lambda: None, lambda: None)
    assert (report.files, report.scored, report.failed) == (3, 1, 2)
    failed = {file.name: file.result for file in files if file.failed}
    (row,) = map(json.loads, (out / failed["bad.txt"]).read_text("utf-8").splitlines())
    assert row == {
        "id": "bad.txt",
        "name": "bad.txt",
        "line": None,
        "reason": "it cannot be scored: ValueError: cannot swallow this",
    }
    assert "the ending '.xyz' is unknown" in (out / failed["what.xyz"]).read_text("utf-8")
    assert any(message.startswith("Not scored: bad.txt: ") for message in messages)
    later = Marker()
    report, _, _ = run(inbox, out, lambda: (inbox / "bad.txt").write_text("Mended.", "utf-8"), marker=later)
    assert later.seen == ["bad.txt"]


def test_an_unreadable_file_is_listed_and_tried_when_it_may_be_read(
    inbox: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox / "a.txt"
    path.write_text("Stolen oil.", "utf-8")
    path.chmod(0o200)
    real = Path.open

    def guarded(self: Path, mode: str = "r", **options: Any) -> Any:  # for root, who may read everything
        if self == path and not path.stat().st_mode & 0o400:
            raise PermissionError(13, "Permission denied", str(path))
        return real(self, mode, **options)

    monkeypatch.setattr(Path, "open", guarded)
    _, files, messages = run(inbox, out, lambda: None, lambda: None, lambda: path.chmod(0o600), lambda: None)
    assert [(file.failed, file.scored) for file in files] == [(1, 0), (0, 1)]
    assert any("Permission denied" in message for message in messages)


def test_rows_that_fail_are_listed_beside_the_result(inbox: Path, out: Path) -> None:
    rows = ['{"id": "x", "text": "Stolen oil."}', "no json", '{"id": "y", "text": "poison"}']
    (inbox / "a.jsonl").write_text("\n".join(rows), "utf-8")
    report, (file,), _ = run(inbox, out)
    assert (report.scored, report.failed) == (1, 2)
    errors = (out / file.result).with_suffix(".errors")
    assert [json.loads(line)["line"] for line in errors.read_text("utf-8").splitlines()] == [2, 3]
    assert len((out / file.result).read_text("utf-8").splitlines()) == 1


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_results_come_in_the_format_asked_for(inbox: Path, out: Path, format: str) -> None:
    (inbox / "a.txt").write_text("Stolen oil.", "utf-8")
    run(inbox, out, format=format)
    (name,) = results(out)
    assert name.endswith(f".{format}")


def test_a_large_collection_gets_several_files_and_the_first_comes_last(
    inbox: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "ARTICLES_PER_FILE", 2)
    written: list[str] = []
    write = LocalParts.write

    def noted(self: LocalParts, name: str, content: bytes) -> None:
        written.append(name)
        write(self, name, content)

    monkeypatch.setattr(LocalParts, "write", noted)
    rows = [json.dumps({"id": f"n{n}", "text": f"Stolen oil {n}"}) for n in range(5)]
    (inbox / "a.jsonl").write_text("\n".join(rows), "utf-8")
    _, (file,), _ = run(inbox, out)
    stem = file.result.removesuffix(".jsonl")
    names = [file.result, f"{stem}-2.jsonl", f"{stem}-3.jsonl"]
    assert results(out) == sorted(names)
    assert written == [*names[1:], names[0]]
    ids = [json.loads(line)["id"] for name in names for line in (out / name).read_text("utf-8").splitlines()]
    assert ids == ["n0", "n1", "n2", "n3", "n4"]


def test_stop_finishes_the_file_in_hand_and_leaves_the_rest(inbox: Path, out: Path) -> None:
    for name in "abc":
        (inbox / f"{name}.txt").write_text("Stolen oil.", "utf-8")
    stop = threading.Event()
    marker = Marker(lambda _: stop.set())
    report = watch(inbox, Work(LocalParts(out), [marker], "k"), stop=stop, wait=lambda seconds: None)
    assert (report.scored, len(marker.seen), len(results(out))) == (1, 1, 1)


def test_the_wait_between_looks_is_what_is_left_of_the_interval(inbox: Path, out: Path) -> None:
    stop, waited = threading.Event(), []
    times = iter([10.0, 10.5])

    def wait(seconds: float) -> None:
        waited.append(seconds)
        stop.set()

    watch(inbox, Work(LocalParts(out), [Marker()], "k"), stop=stop, interval=2.0, wait=wait, clock=lambda: next(times))
    assert waited == [1.5]


def test_two_cannot_watch_into_one_folder(inbox: Path, out: Path) -> None:
    with LocalParts(out).claim(), pytest.raises(FormatError, match="is writing there"):
        run(inbox, out)


def test_a_bounded_number_of_files_is_in_hand(inbox: Path, out: Path) -> None:
    for number in range(7):
        (inbox / f"{number}.txt").write_text(f"Stolen oil {number}", "utf-8")
    arrivals = Arrivals(inbox, in_hand=3, on_trouble=print)
    sizes = []
    for _ in range(5):
        found = arrivals.look()
        sizes.append(len(found))
        for arrival in found:
            arrivals.done(arrival)
    assert sizes == [0, 3, 3, 1, 0]


def test_waiting_files_cost_no_memory_and_are_gone_through_once(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_stamp", lambda path: STILL)

    def peak(count: int) -> int:
        looked_at: list[int] = [0]

        def files() -> Iterator[Arrival]:
            for number in range(count):
                looked_at[0] = number
                yield Arrival(f"{number}.txt", inbox, STILL)

        arrivals = Arrivals(inbox, in_hand=100, on_trouble=print)
        monkeypatch.setattr(arrivals, "_files", files)
        tracemalloc.start()
        found = [len(arrivals.look()) for _ in range(4)]
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found == [0, 100, 100, 100]
        assert looked_at == [399]
        return used

    assert peak(100_000) < 1.1 * peak(1_000)


def test_what_is_gone_is_forgotten(inbox: Path) -> None:
    arrivals = Arrivals(inbox, on_trouble=print)
    (inbox / "a.txt").write_text("x", "utf-8")
    arrivals.look()
    (found,) = arrivals.look()
    arrivals.done(found)
    assert arrivals.look() == []
    assert len(arrivals._done) == 1
    (inbox / "a.txt").unlink()
    arrivals.look()
    assert arrivals._done == set()


def test_a_folder_that_cannot_be_read_is_told_once(inbox: Path, out: Path) -> None:
    (inbox / "a.txt").write_text("Stolen oil.", "utf-8")
    away = inbox.with_name("away")
    steps: list[Step] = [lambda: inbox.rename(away), lambda: None, lambda: away.rename(inbox), lambda: None]
    report, _, messages = run(inbox, out, *steps)
    assert messages == [f"{inbox}: the folder cannot be read: No such file or directory."]
    assert report.scored == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_and_the_handlers_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    stop = threading.Event()
    with stopped_by_signals(stop):
        signal.raise_signal(number)
        assert stop.is_set()
        assert signal.getsignal(number) == before
    assert signal.getsignal(number) == before

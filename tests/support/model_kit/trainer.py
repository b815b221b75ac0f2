"""Stands in for ``annotator train``: says what it says, learns nothing. What it does follows from the model's name.

``quick``: an epoch, then done. ``slow``: an epoch, then waits for SIGTERM. ``broken``: a known error.
``crash``: ends without a word. Resumed, it is always quick.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

PROGRAM = (sys.executable, str(Path(__file__)))
"""What to start instead of the real command."""

FIGURES = {"spans_partial_f1": 0.51, "spans_with_device_f1": 0.42, "frames_micro_f1": 0.63}


def say(event: str, **fields: Any) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


def main() -> None:
    given = dict(word.removeprefix("--").split("=", 1) for word in sys.argv[1:] if "=" in word)
    output, epochs = Path(given["output"]), int(given["epochs"])
    kept = output / ".training"

    def stop(*_: int | FrameType | None) -> None:
        say("cancelled", checkpoint=str(kept))
        sys.exit(143)

    signal.signal(signal.SIGTERM, stop)
    kind = "quick" if "--resume" in sys.argv else given["name"].partition("@")[0]
    if kind == "broken":
        say("error", message="Cannot train: no loaded phrase is left after filtering. Label some, then try again.")
        sys.exit(1)
    if kind == "crash":
        sys.exit("Traceback: the sky fell")
    kept.mkdir(parents=True, exist_ok=True)
    say("start", documents=40, train=34, dev=6, spans=210, epochs=epochs, device="cpu", notes=["2 down-weighted"])
    say("step", epoch=1, epochs=epochs, step=17, steps=34 * epochs, loss=1.5, seconds_left=95)
    say("epoch", epoch=1, loss=1.25, losses={}, dev=FIGURES, best=True, seconds=60)
    say("step", epoch=2, epochs=epochs, step=35, steps=34 * epochs, loss=1.1, seconds_left=60)
    if kind == "slow":
        while True:
            signal.pause()
    say("epoch", epoch=2, loss=0.9, losses={}, dev={**FIGURES, "spans_partial_f1": 0.58}, best=True, seconds=60)
    finish(given, output, kept)


def finish(given: dict[str, str], output: Path, kept: Path) -> None:
    config = {"model_type": "framing-annotator", "release": given["name"], "codebook": "news-framing@1"}
    config["trained_on"] = os.environ["ANNOTATOR_DB"]
    (output / "model.safetensors").write_bytes(b"0" * 1000)
    (output / "config.json").write_text(json.dumps(config), "utf-8")
    kept.rmdir()
    say("done", output=str(output), model=given["name"], best_epoch=2, dev=FIGURES)


if __name__ == "__main__":
    main()

"""``python -m ray_kit.driver INPUT OUTPUT WORKERS``: score by Ray, saying the number of each part as it is made."""

from __future__ import annotations

import sys
from pathlib import Path

from annotator.scale.ray_ import run
from ray_kit import lexicon_job, ranges_of

if __name__ == "__main__":
    articles, output, workers = sys.argv[1:]
    run(
        ranges_of(Path(articles)),
        lexicon_job(output),
        workers=int(workers),
        on_part=lambda report: print(report.number, report.skipped, flush=True),
    )

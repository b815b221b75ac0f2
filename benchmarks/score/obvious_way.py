"""The obvious way, to compare with: a transformers pipeline that reads one article after another in full precision.

    python -m benchmarks.score.obvious_way articles.jsonl out.jsonl

It has our encoder and a tag for each device, and nothing else: no article frames, no voice, target or calibration.
Articles longer than the encoder's 512 tokens are read in strides, as the pipeline offers it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast, pipeline

from annotator.classifier.folder import load_folder
from annotator.resources import default_model_path

STRIDE = 64


def tagger() -> Any:
    """Return a token classification pipeline with the weights of the shipped model."""
    model, tokenizer = load_folder(default_model_path(), None)
    settings = {key: value for key, value in model.config.encoder.items() if key != "model_type"}
    settings["num_labels"] = 1 + len(model.config.devices)
    settings["id2label"] = dict(enumerate(["O", *model.config.devices]))
    plain = BertForTokenClassification(BertConfig(**settings)).eval()  # type: ignore[no-untyped-call]
    plain.bert.load_state_dict(model.encoder.state_dict(), strict=False)
    plain.classifier.load_state_dict(model.tokens.state_dict())
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save(str(Path(folder) / "tokenizer.json"))
        marks = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
        file = str(Path(folder) / "tokenizer.json")
        fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
            tokenizer_file=file, model_max_length=512, **marks
        )
    return pipeline(
        "token-classification", model=plain, tokenizer=fast, aggregation_strategy="simple", stride=STRIDE, device="cpu"
    )


def main() -> None:
    """Tag every article; print one line of JSON with seconds and articles, loading not counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tag = tagger()
    started = time.monotonic()
    count = 0
    with options.articles.open(encoding="utf-8") as lines, options.output.open("w", encoding="utf-8") as out:
        for line in lines:
            article = json.loads(line)
            spans = [{"start": found["start"], "end": found["end"], "device": found["entity_group"],
                      "probability": float(found["score"])} for found in tag(article["text"])]  # fmt: skip
            out.write(json.dumps({"id": article["id"], "spans": spans}, ensure_ascii=False) + "\n")
            count += 1
    print(json.dumps({"articles": count, "seconds": round(time.monotonic() - started, 2)}))


if __name__ == "__main__":
    main()

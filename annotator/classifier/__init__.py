"""Suggesters: the lexicon and the fine-tuned model, behind one protocol."""

import sys

# OpenVINO and NNCF report each conversion to their maker through this package; without it they keep silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

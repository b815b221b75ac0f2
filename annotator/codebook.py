"""A codebook: the labels people and models may use, with their definitions.

A codebook is data (``labels/<id>/codebook.yaml``); nothing in the code names a label. Reading the
file is :mod:`annotator.codebook_file`; this module is what the rest of the package works with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from annotator.errors import CodebookError, near_match

LineStyle = Literal["solid", "double", "dotted", "dashed", "wavy"]
LINE_STYLES: tuple[LineStyle, ...] = ("solid", "double", "dotted", "dashed", "wavy")


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence, and the stretch of it that the label is for ("" when the whole sentence is)."""

    text: str
    marked: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """One category.

    Attributes:
        id: Stable name, stored with every annotation.
        name: What people see.
        definition: When to use it, one or two sentences.
        code: Two or three letters shown before a span, unique in the codebook.
        key: The key that applies it, or ``None``.
        group: Heading it stands under in long lists, or "".
        color_light, color_dark: ``#rrggbb`` for the light and the dark theme.
        line: Underline style, so that colour is never the only sign.
    """

    id: str
    name: str
    definition: str
    code: str = ""
    key: str | None = None
    group: str = ""
    color_light: str = "#555555"
    color_dark: str = "#bbbbbb"
    line: LineStyle = "solid"
    examples: tuple[Example, ...] = ()


Crosswalk = Mapping[str, tuple[str, ...]]
"""Our label id → the identifiers another scheme uses for it; an empty tuple means it has none."""


@dataclass(frozen=True, slots=True)
class Codebook:
    """Labels and rules of one version of one codebook.

    Attributes:
        devices: Labels of spans; every span has exactly one.
        frames: Labels of articles, and of spans (at most ``span_frames_max`` each).
        voices: Who speaks in a span; empty when the codebook does not ask.
        polarities: For or against the target; empty when the codebook does not ask.
        has_target: Whether spans name whom they evaluate.
        article_frames_max: How many frames one article may have.
        allow_overlap: Whether spans of one annotator may overlap.
        crosswalks: Scheme name → :data:`Crosswalk`.
    """

    id: str
    version: int
    title: str
    description: str
    devices: tuple[Label, ...]
    frames: tuple[Label, ...]
    voices: tuple[Label, ...] = ()
    polarities: tuple[Label, ...] = ()
    has_target: bool = True
    span_frames_max: int = 2
    article_frames_max: int = 4
    allow_overlap: bool = True
    language: str = "en"
    crosswalks: Mapping[str, Crosswalk] = field(default_factory=dict)
    guidelines: str = ""

    @property
    def ref(self) -> str:
        """Name and version as written in files, such as ``news-framing@1``."""
        return f"{self.id}@{self.version}"

    def labels(self, kind: str) -> tuple[Label, ...]:
        """Return the labels of one kind: ``device``, ``frame``, ``voice`` or ``polarity``."""
        return {
            "device": self.devices,
            "frame": self.frames,
            "voice": self.voices,
            "polarity": self.polarities,
        }[kind]

    def ids(self, kind: str) -> tuple[str, ...]:
        """Return the label ids of one kind, in codebook order."""
        return tuple(label.id for label in self.labels(kind))

    def label(self, kind: str, label_id: str) -> Label:
        """Return one label.

        Raises:
            CodebookError: If the codebook has no such label; the message lists those it has.
        """
        for label in self.labels(kind):
            if label.id == label_id:
                return label
        known = self.ids(kind)
        raise CodebookError(
            f"Unknown {kind} '{label_id}'. Codebook '{self.ref}' has: {', '.join(known) or 'none'}."
            f"{near_match(label_id, known)}",
            kind=kind,
            label=label_id,
            known=known,
        )

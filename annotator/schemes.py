"""Label schemes of research corpora, and how labels cross between them and a codebook.

A codebook that has a scheme's labels uses them as they are; another one crosses by its cross-walk of the scheme.
What has no counterpart is ``None``, for the caller to count: nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from annotator.annotations import FrameSuggestion, SpanSuggestion, Suggestions
from annotator.codebook import Codebook, Label

NO_COUNTERPART = "(no counterpart)"
"""Device of a suggestion whose own device the scheme lacks: it counts where labels are ignored, and is wrong where
they are not."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """The labels of one corpus.

    Attributes:
        name: Of the corpus and its file format.
        crosswalk: Name of the cross-walk in codebooks.
        devices, frames: Its labels of spans and of documents, spelled as in its files.
        every_span: The label that any loaded phrase stands for when a codebook has no cross-walk, or "".
        frame_of_spans: The document label that a document with a loaded phrase has, when a suggester has no such
            label of its own, or "".
    """

    name: str
    crosswalk: str
    devices: tuple[str, ...]
    frames: tuple[str, ...] = ()
    every_span: str = ""
    frame_of_spans: str = ""

    def codebook(self) -> Codebook:
        """Return the scheme as a codebook, for measuring against labels in its own words."""
        return Codebook(
            id=self.name,
            version=1,
            title=self.name,
            description="",
            devices=tuple(Label(label, label, "") for label in self.devices),
            frames=tuple(Label(label, label, "") for label in self.frames),
        )


PTC2020 = Scheme(
    "ptc2020",
    "ptc-14",
    (
        "Appeal_to_Authority",
        "Appeal_to_fear-prejudice",
        "Bandwagon,Reductio_ad_hitlerum",
        "Black-and-White_Fallacy",
        "Causal_Oversimplification",
        "Doubt",
        "Exaggeration,Minimisation",
        "Flag-Waving",
        "Loaded_Language",
        "Name_Calling,Labeling",
        "Repetition",
        "Slogans",
        "Thought-terminating_Cliches",
        "Whataboutism,Straw_Men,Red_Herring",
    ),
)
BABE = Scheme("babe", "babe", ("BIASED_WORDS",), ("Biased",), every_span="BIASED_WORDS", frame_of_spans="Biased")
BASIL = Scheme(
    "basil",
    "basil",
    ("Lexical", "Informational"),
    ("stance:center", "stance:liberal", "stance:left", "stance:conservative", "stance:right"),
    every_span="Lexical",
)
SCHEMES = {scheme.name: scheme for scheme in (PTC2020, BABE, BASIL)}


def own_label(scheme: Scheme, kind: str, label: str, codebook: Codebook) -> str | None:
    """Return the codebook's label for one of the scheme's, or ``None`` when it has none.

    Where several of the codebook's labels stand for it, the one of the same name is meant, else the first.

    Example:
        >>> own_label(BABE, "device", "BIASED_WORDS", BABE.codebook())
        'BIASED_WORDS'
    """
    known = codebook.ids(kind)
    if label in known:
        return label
    table = codebook.crosswalks.get(scheme.crosswalk, {})
    candidates = [own for own in known if label in table.get(own, ())]
    return next((own for own in candidates if own.casefold() == label.casefold()), next(iter(candidates), None))


def is_crossed(scheme: Scheme, codebook: Codebook) -> bool:
    """Whether labels of ``codebook`` have to be translated to be compared with labels of the scheme."""
    return codebook.id != scheme.name and not set(scheme.devices) & set(codebook.ids("device"))


def unreachable(scheme: Scheme, codebook: Codebook) -> list[str]:
    """Return the scheme's devices that no device of ``codebook`` stands for: a suggester cannot find those."""
    crossed = {_crossed(scheme, "device", device, codebook) for device in codebook.ids("device")}
    return [device for device in scheme.devices if device not in crossed]


def to_scheme(scheme: Scheme, found: Suggestions, codebook: Codebook) -> Suggestions:
    """Return suggestions made with ``codebook`` in the words of the scheme; no span is lost."""
    spans = tuple(
        replace(span, device=_crossed(scheme, "device", span.device, codebook) or NO_COUNTERPART, frames=())
        for span in found.spans
    )
    frames = tuple(_crossed_frames(scheme, found.frames, codebook))
    if not frames and scheme.frame_of_spans and spans:
        frames = (FrameSuggestion(scheme.frame_of_spans, max(span.probability for span in spans)),)
    return replace(found, spans=_each_once(spans), frames=frames, codebook=f"{scheme.name}@1")


def _crossed(scheme: Scheme, kind: str, label: str, codebook: Codebook) -> str | None:
    names = codebook.crosswalks.get(scheme.crosswalk, {}).get(label, ())
    known = scheme.devices if kind == "device" else scheme.frames
    if label in known:
        return label
    default = scheme.every_span if kind == "device" and scheme.crosswalk not in codebook.crosswalks else ""
    return next((name for name in names if name in known), default or None)


def _crossed_frames(scheme: Scheme, frames: Iterable[FrameSuggestion], codebook: Codebook) -> Iterable[FrameSuggestion]:
    seen: set[str] = set()
    for frame in frames:
        label = _crossed(scheme, "frame", frame.label, codebook)
        if label is not None and label not in seen:
            seen.add(label)
            yield replace(frame, label=label)


def _each_once(spans: tuple[SpanSuggestion, ...]) -> tuple[SpanSuggestion, ...]:
    """Two devices of ours may stand for one of theirs: keep the surer of two spans that became equal."""
    best: dict[tuple[int, int, str], SpanSuggestion] = {}
    for span in spans:
        key = (span.start, span.end, span.device)
        if key not in best or best[key].probability < span.probability:
            best[key] = span
    return tuple(best.values())

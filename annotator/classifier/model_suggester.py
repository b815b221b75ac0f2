"""The fine-tuned model as a suggester."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from annotator.annotations import Agent, Suggestions
from annotator.classifier.backend import Backend, OnWarning, check_choice, fast_backend, torch_backend
from annotator.classifier.base import Whole
from annotator.classifier.calibration import Calibration
from annotator.classifier.decoding import Decoding
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.folder import load_folder, load_heads, load_lexicon_features
from annotator.classifier.heads import Heads
from annotator.classifier.interpreting import Interpreter
from annotator.classifier.lexicon_features import LexiconFeatures
from annotator.classifier.reading import RawReading, Reader
from annotator.codebook import Codebook
from annotator.documents import Document


class ModelSuggester:
    """Suggests spans and article frames with one trained model.

    Attributes:
        all_frames: Whether every article frame is reported, however improbable.
        backend, precision: Name of what runs the encoder, and its number formats; probabilities depend on both.

    Example:
        >>> suggester = ModelSuggester.load(default_model_path(), codebook)  # doctest: +SKIP
        >>> next(suggester.suggest([document])).spans[0].quote  # doctest: +SKIP
        'illicit American bases'
    """

    agent: Agent = "model"

    def __init__(
        self, heads: Heads, encoder: TextEncoder, *, backend: Backend, lexicon: LexiconFeatures | None = None
    ) -> None:
        config = heads.config
        self.all_frames = False
        self.version = config.release
        self.codebook = config.codebook
        self.backend = backend.name
        self.precision = backend.precision
        calibration = Calibration.from_record(
            config.calibration, devices=len(config.devices), frames=len(config.frames)
        )
        self._interpreter = Interpreter(config, calibration)
        self._reader = Reader(heads, encoder, decoding=Decoding(**config.decoding), lexicon=lexicon, backend=backend)

    @classmethod
    def load(
        cls,
        folder: Path,
        codebook: Codebook,
        *,
        backend: str = "auto",
        threads: int | None = None,
        prepare: bool = False,
        on_warning: OnWarning | None = None,
    ) -> ModelSuggester:
        """Load the model of ``folder``, checked as :func:`annotator.classifier.folder.load_folder` says.

        Args:
            backend: One of :data:`annotator.classifier.backend.CHOICES`.
            threads: Processor threads; ``None``: as many as the backend thinks best.
            prepare, on_warning: See :func:`annotator.classifier.backend.fast_backend`.

        Raises:
            ClassifierError: If the folder is missing, unsafe, damaged or for another codebook, or the backend
                cannot be had.
        """
        choice = check_choice(backend)
        heads, tokenizer = load_heads(folder, codebook)
        ready = fast_backend(choice, folder, threads=threads, prepare=prepare, on_warning=on_warning)
        ready = ready or torch_backend(load_folder(folder, codebook)[0], choice, threads=threads)
        texts = TextEncoder(tokenizer, size=heads.config.window_tokens, context=heads.config.window_context)
        lexicon = load_lexicon_features(folder, heads.config, codebook)
        return cls(heads, texts, backend=ready, lexicon=lexicon)

    @property
    def tokens_read(self) -> int:
        """Tokens of all documents so far, for whoever measures."""
        return self._reader.tokens_read

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        """Yield the suggestions for each document, in order, reading a bounded number of tokens ahead.

        Args:
            documents: Read as needed.
            minimum: Lowest probability to report. ``None``: the model's own threshold of each label.
        """
        for document, reading in self._readings(documents):
            yield self._interpreter.suggestions(document, reading, minimum=minimum, all_frames=self.all_frames)

    def suggest_whole(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Whole]:
        """Yield the suggestions for each document and, beside them, every article frame with its probability."""
        for document, reading in self._readings(documents):
            yield self._interpreter.whole(document, reading, minimum=minimum)

    def _readings(self, documents: Iterable[Document]) -> Iterator[tuple[Document, RawReading]]:
        ahead: deque[Document] = deque()

        def texts() -> Iterator[str]:
            for document in documents:
                ahead.append(document)
                yield document.text

        for reading in self._reader.read(texts()):
            yield ahead.popleft(), reading

"""Bytes to text without changing a character: byte-order marks and line ends stay as received."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import charset_normalizer

from annotator.errors import FormatError

DETECTION_BYTES = 200_000

# Order matters: the UTF-32 mark starts with the UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KINDS = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP archive (perhaps .docx, .xlsx or .epub)"),
    (b"\xd0\xcf\x11\xe0", "an old Office file (.doc, .xls)"),
    (b"{\\rtf", "an RTF file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip file (name it .gz)"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file (name it .zst)"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
)
# Encodings news texts are found in; the full list of the detector guesses rare ones for short texts.
_CANDIDATES = [
    *("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256"),
    *("gb18030", "big5", "cp932", "euc_jp", "cp949"),
]
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßœÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒ“”‘’‚„«»‹›–—…€£©®™°·•¿¡§\u00a0\u00ad")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding it was read with, and what to tell people about that."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def decode(content: bytes, *, declared: str | None = None) -> Decoded:
    """Decode a whole text file.

    Order: the declared encoding, a byte-order mark, strict UTF-8, UTF-16 without a mark, detection. A mark stays
    in the text as U+FEFF.

    Raises:
        FormatError: If the bytes are not in the declared encoding, or look like no text at all.
    """
    if declared is not None:
        name = check_encoding(declared)
        return Decoded(_decode_declared(content, name), name)
    for mark, name in _MARKS:
        if content.startswith(mark):
            return Decoded(_decode_marked(content, name), name)
    refuse_binary(content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_broken_utf8(content, error)
        guess = detect(content)
        if guess is None:
            raise FormatError(
                f"the file is no text in a known encoding (byte 0x{content[error.start]:02X} at {error.start:,} is not "
                "UTF-8, and no other encoding fits). Is it binary? Otherwise name its encoding with --encoding.",
            ) from error
        return Decoded(content.decode(guess), guess, (guess_warning(guess),))
    wide = _wide_without_mark(content)
    if wide is not None:
        return Decoded(content.decode(wide), wide, (guess_warning(wide),))
    return Decoded(text, "utf-8")


def guess_warning(name: str) -> str:
    """Return the sentence that tells people an encoding was guessed."""
    return f"not UTF-8; read as {name} (detected). If letters look wrong, name the encoding with --encoding."


def check_encoding(name: str) -> str:
    """Return the codec for a declared encoding, chosen so that a byte-order mark stays in the text.

    Raises:
        FormatError: If Python knows no text encoding of this name.
    """
    try:
        " ".encode(name)  # refuses codecs that are no text encodings, such as rot13 and zip
        known = codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise FormatError(
            f"Unknown encoding '{name}'. Use a name such as utf-8, utf-16, windows-1252, iso-8859-1, koi8-r or gb18030."
        ) from error
    return "utf-8" if known == "utf-8-sig" else known


def marked_encoding(content: bytes) -> str | None:
    """Return the encoding a byte-order mark announces, or ``None``."""
    return next((name for mark, name in _MARKS if content.startswith(mark)), None)


def refuse_binary(content: bytes) -> None:
    """Refuse what starts like a well-known binary file.

    Raises:
        FormatError: Naming the kind of file it seems to be.
    """
    for start, kind in _KINDS:
        if content.startswith(start):
            raise FormatError(f"this is {kind}, not a text. Save the article as plain text or HTML.")


def detect(content: bytes) -> str | None:
    """Return the likeliest encoding of bytes that are not UTF-8, or ``None`` when they seem to be no text."""
    if b"\0" in content[:DETECTION_BYTES]:
        return _wide_without_mark(content)
    if _is_western(content):
        return "cp1252"
    best = charset_normalizer.from_bytes(content[:DETECTION_BYTES], cp_isolation=_CANDIDATES).best()
    name = best.encoding if best is not None else None
    if name is None:
        return None
    try:
        codecs.getincrementaldecoder(name)().decode(content)  # a piece of a file may end inside a character
    except UnicodeDecodeError:
        return None
    if content.decode(name, "replace") == content.decode("cp1252", "replace"):
        return "cp1252"  # the same text by a more likely name
    return name


def _refuse_broken_utf8(content: bytes, error: UnicodeDecodeError) -> None:
    # A guess would turn every good character of a file with one broken byte into two wrong ones.
    wide = [c for c in content.decode("utf-8", "replace") if c > "\x7f"]
    try:
        content.decode("utf-8", "surrogatepass")
        fault = "holds a lone surrogate"
    except UnicodeDecodeError:
        if len(wide) < 5 * wide.count("\ufffd"):
            return
        fault = "does not fit"
    raise FormatError(
        f"the file is UTF-8, but byte 0x{content[error.start]:02X} at {error.start:,} {fault}. Repair it, or name "
        "the encoding with --encoding."
    ) from error


def _is_western(content: bytes) -> bool:
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return False
    wide = [c for c in text if c > "\x7f"]
    return len(wide) <= 0.25 * len(text) and all(c in _WESTERN for c in wide) and not _has_controls(text)


def _has_controls(text: str) -> bool:
    return any(c < " " and c not in "\t\n\r\f" for c in text)


def _wide_without_mark(content: bytes) -> str | None:
    head = content[:4000]
    pairs = len(head) // 2
    if pairs < 4 or len(content) % 2:
        return None
    for name, at in (("utf-16-le", 1), ("utf-16-be", 0)):
        if head[at::2].count(0) > 0.4 * pairs and not head[1 - at :: 2].count(0):
            try:
                content.decode(name)
            except UnicodeDecodeError:
                return None
            return name
    return None


def _decode_declared(content: bytes, name: str) -> str:
    if name in ("utf-16", "utf-32"):
        name = marked_encoding(content) or f"{name}-le"
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"the file is not {name}: byte 0x{content[error.start]:02X} at {error.start:,} does not fit. Leave out "
            "--encoding to detect it, or name the right one.",
            encoding=name,
        ) from error


def _decode_marked(content: bytes, name: str) -> str:
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"the file starts with a {name} byte-order mark, but byte {error.start:,} does not fit {name}. "
            "It may be cut off or binary; save it again, or name its encoding with --encoding.",
            encoding=name,
        ) from error

"""Bytes to text: marks and line ends stay, guesses are said, nonsense is refused."""

from __future__ import annotations

import pytest

from annotator.errors import FormatError
from annotator.formats.encoding import check_encoding, decode

DETECTED = {
    "cp1252": "Le gouvernement a déclaré que l’opération était terminée.",
    "cp1251": "Правительство заявило, что операция завершена, несмотря на критику.",
    "koi8_r": "Правительство заявило, что операция завершена. Министр обороны отметил, что войска вернутся домой.",
    "cp1256": "قالت الحكومة السورية إن القواعد الأمريكية غير شرعية",
    "cp1255": "הממשלה הודיעה כי המבצע הסתיים למרות הביקורת",
    "gb18030": "政府表示行动已经结束，尽管受到批评。",
    "euc_jp": "政府は作戦が終了したと述べた。",
    "cp1250": "Rząd oświadczył, że operacja została zakończona mimo krytyki",
    "cp932": "政府は作戦が終了したと述べた。",
    "cp949": "정부는 작전이 끝났다고 밝혔다. 비판에도 불구하고.",
    "cp1253": "Η κυβέρνηση δήλωσε ότι η επιχείρηση ολοκληρώθηκε",
    "utf-16-le": "The ministry said.",
    "utf-16-be": "The ministry said.",
}


@pytest.mark.parametrize(("encoding", "text"), DETECTED.items(), ids=DETECTED)
def test_encoding_is_detected_and_said(encoding: str, text: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert f"read as {encoding} (detected)" in decoded.warnings[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "found"])
def test_byte_order_mark_stays_in_the_text(encoding: str, declared: bool) -> None:
    text = "\ufeffOne.\r\nTwo 🪧."
    decoded = decode(text.encode(encoding), declared=encoding if declared else None)
    assert decoded.text == text
    assert decoded.warnings == ()


@pytest.mark.parametrize("declared", ["utf-8-sig", "utf-16", "utf-32"])
def test_declared_encoding_that_eats_the_mark_does_not(declared: str) -> None:
    assert decode("One.".encode(declared), declared=declared).text == "\ufeffOne."


def test_declared_encoding_wins_over_detection() -> None:
    assert decode("é".encode("cp1252"), declared="cp1251").text == "й"


def test_wrongly_declared_encoding_is_refused_with_the_place() -> None:
    with pytest.raises(FormatError, match=r"not utf-8: byte 0xE9 at 3 does not fit. Leave out --encoding"):
        decode("caf\xe9 x".encode("latin-1"), declared="utf-8")


@pytest.mark.parametrize("name", ["no-such", "rot13", "base64", "zip", "utf-8\0", ""])
def test_unknown_encoding_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match="Unknown encoding"):
        check_encoding(name)

"""stub"""

from annotator.spans import Span


def propose_target(text: str, span: Span, device: str) -> tuple[str, str]:
    return "", "-"

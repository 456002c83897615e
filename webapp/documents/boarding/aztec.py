"""Aztec codes as SVG: sharp at any size, on a page and in a PDF alike."""

from __future__ import annotations

_QUIET_ZONE = 2


def aztec_svg(text: str) -> str:
    """Return an Aztec code of a text, black on white with a quiet zone around it."""
    # Imported when the first pass is made: few processes ever make one.
    from aztec_code_generator import AztecCode

    code = AztecCode(text)
    side = code.size + 2 * _QUIET_ZONE
    modules = "".join(
        f"M{x + _QUIET_ZONE} {y + _QUIET_ZONE}h1v1h-1z"
        for y, row in enumerate(code.matrix)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"'
        f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path fill="#000" d="{modules}"/></svg>'
    )

"""Documents as PDF: a Typst template from the templates folder, and data that it reads as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import current_app

if TYPE_CHECKING:
    from typst import Compiler

# One compiler per template and process, and one document at a time: it takes milliseconds.
_lock = Lock()


def typeset(template: str, data: Mapping[str, Any], made_at: datetime) -> bytes:
    """Return the PDF that a template makes of the data; the same data make the same bytes.

    The data reach the template as JSON and are shown as text, so nothing in them can be markup.
    """
    folder = Path(current_app.root_path, current_app.template_folder or "")
    with _lock:
        document = _compiler(folder, template).compile(
            format="pdf",
            sys_inputs={"data": json.dumps(data)},
            timestamp=int(made_at.timestamp()),
        )
    assert isinstance(document, bytes)  # A list of pages is for images.
    return document


@cache
def _compiler(folder: Path, template: str) -> Compiler:
    # Imported when the first document is asked for: most processes never make one.
    from typst import Compiler

    # With the fonts that come with it, so that a document looks alike on every machine.
    return Compiler(folder / template, root=folder, ignore_system_fonts=True)

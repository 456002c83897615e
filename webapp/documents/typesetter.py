"""The process that sets documents: it reads an order a line, and answers with a PDF or an error.

Run as a file, so that it imports Typst and nothing of ours. What Typst remembers from document to
document, some 50 MiB, ends with it, and it ends with the orders.
"""

from __future__ import annotations

import json
import struct
import sys
from functools import cache

from typst import Compiler, TypstError

# Whether a document follows, or what is wrong with the order; and how many bytes.
ANSWER = struct.Struct("!?I")


def main() -> None:
    """Set documents until the orders end."""
    for line in sys.stdin.buffer:
        is_set, body = _answer(json.loads(line))
        sys.stdout.buffer.write(ANSWER.pack(is_set, len(body)) + body)
        sys.stdout.buffer.flush()


def _answer(order: dict[str, str]) -> tuple[bool, bytes]:
    try:
        document = _compiler(order["folder"], order["template"]).compile(
            format="pdf",
            sys_inputs={"data": order["data"]},
            timestamp=int(order["made_at"]),
        )
    except TypstError as error:
        return False, str(error).encode()
    assert isinstance(document, bytes)  # A list of pages is for images.
    return True, document


@cache
def _compiler(folder: str, template: str) -> Compiler:
    # With the fonts that come with it, so that a document looks alike on every machine.
    return Compiler(f"{folder}/{template}", root=folder, ignore_system_fonts=True)


if __name__ == "__main__":
    main()

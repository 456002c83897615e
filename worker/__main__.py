"""`python -m worker [PART ...]`: run parts of the background worker in one process.

Parts: `deliver` (Dramatiq worker threads), `dispatch`, `schedule`; all three without any. The
in-process broker reaches no further than its process, so there they must run together.
`python -m worker healthy PART ...` tells by its exit code whether these parts are alive.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from worker import heartbeat
from worker.heartbeat import PARTS


def main(arguments: list[str]) -> int:
    """Run the parts that are named, or say whether they run."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__.strip())
        return 0
    is_question = arguments[:1] == ["healthy"]
    parts = arguments[is_question:] or list(PARTS)
    unknown = set(parts) - set(PARTS)
    if unknown:
        print(f"worker: unknown part {', '.join(sorted(unknown))}; parts: {', '.join(PARTS)}")
        return 2
    if is_question:
        # Asked every few seconds, so it must not import the application, whose settings would
        # name the same folder.
        folder = Path(os.environ.get("INSTANCE_DIR", "").strip() or "instance").absolute()
        return 0 if heartbeat.is_fresh(folder, parts) else 1
    from worker.parts import run

    return run(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

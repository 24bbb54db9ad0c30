"""The process that examines files: `python -m streams.media.child FD SCRATCH`.

It decodes what anybody may have made, so it has as little to lose as can be: no secret in its
environment, no network, nothing to write to, no privilege (`confining`), bounded memory, and a
parent that ends it when a file takes too long. Messages come and go over the socket FD; it ends
when that closes. What it loads may write temporary files to the folder SCRATCH, which its parent
removes before it gives it a file.
"""

import sys
from pathlib import Path

from streams.media import confining


def main() -> int:
    """Serves one parent until it hangs up. Gives the exit code."""
    unconfined = confining.give_up(Path(sys.argv[2]))
    # What this imports starts threads, and those that run already would stay as they were.
    from streams.media.serving import serve  # noqa: PLC0415

    return serve(int(sys.argv[1]), unconfined)


if __name__ == "__main__":
    sys.exit(main())

"""An examining process that does to itself what a file says."""

import sys
from pathlib import Path

from streams.media import confining


def main() -> int:
    """Serves as `streams.media.child` does."""
    unconfined = confining.give_up(Path(sys.argv[2]))
    # As there: what this imports starts threads.
    from detectors import examiners  # noqa: PLC0415
    from streams.media.serving import serve  # noqa: PLC0415
    from tests.streams.media import obedient  # noqa: PLC0415

    examiners.load = obedient.load
    return serve(int(sys.argv[1]), unconfined)


if __name__ == "__main__":
    sys.exit(main())

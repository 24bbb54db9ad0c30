"""`python -m detectors.text.links build`: list files into the store that `text.links` reads."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from detectors.text.links import lists, store
from detectors.text.links.lists import ListFile, ListInvalid

_LOG = logging.getLogger(__name__)
_MISUSED: Final = 2
_FORMATS: Final = (
    "Files: one name a line (# comments, hosts files), JSON (a list; or an object with deny, "
    "domains, allow), YAML (- url: NAME). A name is host, *.host or host/path. A subdomain of a "
    "listed name matches; the nearest entry decides; where a name is in both lists, allow wins. "
    "Allowed public suffixes and *.host are platforms: their subdomains are judged one by one. "
    "The store is replaced at once; running workers take it up within seconds."
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m detectors.text.links")
    commands = parser.add_subparsers(required=True)
    build = commands.add_parser("build", help="make a store of list files", epilog=_FORMATS)
    build.add_argument("--deny", type=Path, action="append", default=[], metavar="F")
    build.add_argument("--allow", type=Path, action="append", default=[], metavar="F")
    build.add_argument("--out", type=Path, required=True, metavar="STORE")
    build.add_argument(
        "--no-default-allow", action="store_true", help="leave out the shipped list of known sites"
    )
    return parser


def _read(paths: Sequence[Path], *, is_allow: bool) -> list[ListFile]:
    files = []
    for path in paths:
        file = lists.read(path, is_allow=is_allow)
        _LOG.info("%s: %d to deny, %d to allow", path, len(file.deny), len(file.allow))
        if file.unusable:
            few = ", ".join(repr(line) for line in file.unusable[:3])
            _LOG.warning("%s: %d left out, no names: %s", path, len(file.unusable), few)
        files.append(file)
    return files


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds a store. Gives 0, or 2 where a file cannot be read or written."""
    parser = _parser()
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if not given.deny and not given.allow:
        parser.error("name at least one file with --deny or --allow")
    default = [] if given.no_default_allow else [lists.DEFAULT_ALLOW]
    try:
        files = _read(given.deny, is_allow=False) + _read([*given.allow, *default], is_allow=True)
        entries, refused = lists.merge(files)
        if refused:
            _LOG.warning("%d public suffixes not denied: %s", len(refused), ", ".join(refused[:5]))
        content = store.pack(entries)
        store.write(given.out, content)
    except (ListInvalid, OSError) as error:
        _LOG.error("error: %s", error)
        return _MISUSED
    _LOG.info("%s: %d names, %d bytes", given.out, len(entries), len(content))
    return 0


if __name__ == "__main__":
    sys.exit(main())

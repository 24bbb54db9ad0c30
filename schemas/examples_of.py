"""Where the example payloads of a topic are."""

from pathlib import Path
from typing import Final

from schemas.topics import Topic

EXAMPLES: Final = Path(__file__).parent / "examples"
EXAMPLE_SUFFIX: Final = ".json"


def examples_of(folder: Path, topic: Topic) -> list[Path]:
    """Lists a topic's example files in `folder`, by name.

    A file holds the payload. That of a DLQ holds the record instead: `key`, the value as text
    (`value`) or as `value_base64`, and `headers`.
    """
    return sorted((folder / topic.name).glob(f"*{EXAMPLE_SUFFIX}"))

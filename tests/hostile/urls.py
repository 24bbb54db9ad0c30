"""Hostile addresses, what answers at them, and what must become of each."""

from collections.abc import Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Final

from msgspec import Struct

from streams.fetching.resolving import Lookup
from tests.streams.fetching.hostile import HOSTILE
from tests.streams.fetching.servers import (
    LOOPBACK,
    PNG,
    Asked,
    Respond,
    answering,
    closing,
    response,
)

PUBLIC: Final = LOOPBACK
"""Stands for an address on the public internet: here is nothing else that may be reached."""
METADATA: Final = "169.254.169.254"
FETCHED: Final = "fetched"
HOST: Final = "https://media.test:{port}"


class HostileUrl(Struct, frozen=True, kw_only=True):
    """An address, what its name leads to and what answers there; `code` is the refusal."""

    uri: str
    """`{port}` stands for the server's, `{root}` for the folder of files that may be fetched."""
    about: str
    code: str
    """A code of refusal; `FETCHED` where the address is harmless in the end."""
    answers: tuple[tuple[str, ...], ...] = ((PUBLIC,),)
    """Addresses that the name leads to, look-up after look-up; the last stays."""
    respond: Respond | None = None
    """What answers over TLS; None: nothing needs to."""
    has_files: bool = False
    """Whether files under a folder may be fetched."""
    n_requests: int = 0
    """Requests that may reach a server at the public address."""


def _written(uri: str, code: str) -> HostileUrl:
    return HostileUrl(uri=uri, about="as it is written", code=code)


def _named(about: str, *addresses: str) -> HostileUrl:
    return HostileUrl(
        uri=f"{HOST}/a.png", about=about, code="address_refused", answers=(addresses,),
        respond=answering(response()),
    )  # fmt: skip


def _redirected(location: str, code: str, about: str = "a redirect", **more: object) -> HostileUrl:
    async def respond(asked: Asked) -> None:
        port = asked.writer.get_extra_info("sockname")[1]
        await asked.send(response(b"", 302, [f"Location: {location.format(port=port)}"]))

    fields = {"n_requests": 1, "respond": respond, **more}
    return HostileUrl(
        uri=f"{HOST}/a.png", about=f"{about} to {location}", code=code, **fields,  # type: ignore[arg-type]
    )  # fmt: skip


def _file(path: str, about: str, code: str = "file_refused") -> HostileUrl:
    return HostileUrl(uri=path, about=about, code=code, has_files=True)


WRITTEN: Final = tuple(_written(uri, code) for uri, code in HOSTILE)

NAMED: Final = (
    _named("a name that leads to loopback", "127.0.0.2"),
    _named("a name that leads to loopback, version 6", "::1"),
    _named("a name that leads to nowhere", "0.0.0.0"),  # noqa: S104
    _named("a name that leads to private space", "10.0.0.1"),
    _named("a name that leads to private space", "192.168.1.1"),
    _named("a name that leads to private space, version 6", "fd00::1"),
    _named("a name that leads to a cloud's metadata", METADATA),
    _named("a name that leads to a cloud's metadata", "100.100.100.200"),
    _named("a name that leads to a cloud's metadata, version 6", "fd00:ec2::254"),
    _named("a name that leads to a mapped address", f"::ffff:{METADATA}"),
    _named("a name that leads to a translated address", "64:ff9b::a9fe:a9fe"),
    _named("a name that leads to a link", "fe80::1%lo"),
    _named("a name that leads to both", PUBLIC, "10.0.0.1"),
    _named("a name whose ninth address is private", *[PUBLIC] * 8, "10.0.0.1"),
    HostileUrl(
        uri=f"{HOST}/a.png",
        about="rebinding: public when it is checked, private whenever it is asked again",
        code=FETCHED, answers=((PUBLIC,), (METADATA,)), respond=answering(response()),
        n_requests=1,
    ),
    HostileUrl(
        uri=f"{HOST}/a.png",
        about="rebinding: hangs up, and is private when it is asked again",
        code="address_refused", answers=((PUBLIC,), (METADATA,)), respond=closing(b""),
        n_requests=1,
    ),
    HostileUrl(
        uri=f"{HOST}/a.png",
        about="rebinding: is overloaded, and is private when it is asked again",
        code="address_refused", answers=((PUBLIC,), ("127.0.0.2",)),
        respond=closing(response(b"", 503)), n_requests=1,
    ),
    _redirected(
        "https://other.media.test:{port}/", "address_refused", "rebinding: a redirect",
        answers=((PUBLIC,), ("10.0.0.1",)),
    ),
)  # fmt: skip
"""Names that lead, or come to lead, to where nobody may go."""

REDIRECTED: Final = (
    _redirected("http://media.test/a.png", "downgrade_refused"),
    _redirected("file:///etc/hostname", "scheme_refused", has_files=True),
    _redirected("file:/etc/hostname", "scheme_refused", has_files=True),
    _redirected("gopher://media.test:70/_GET", "scheme_refused"),
    _redirected("ftp://media.test/a.png", "scheme_refused"),
    _redirected("data:image/png;base64,iVBORw0KGgo=", "scheme_refused"),
    _redirected("javascript:alert(1)", "scheme_refused"),
    _redirected("https://127.0.0.2/", "address_refused"),
    _redirected(f"https://{METADATA}/latest/meta-data/", "address_refused"),
    _redirected(f"//{METADATA}/latest/meta-data/", "address_refused"),
    _redirected(f"https://[::ffff:{METADATA}]/", "address_refused"),
    _redirected("https://[::1]/", "address_refused"),
    _redirected("https://127。0。0。2/", "address_refused"),
    _redirected("https://2130706434/", "host_invalid"),
    _redirected("https://0x7f000002/", "host_invalid"),
    _redirected("https://017700000002/", "host_invalid"),
    _redirected("https://127.2/", "host_invalid"),
    _redirected("https://localhost/", "host_invalid"),
    _redirected("https://media.test@10.0.0.1/", "userinfo_refused"),
    _redirected("https://media.test:22/", "port_refused"),
    _redirected("/\\10.0.0.1/", "url_invalid"),
    _redirected("", "redirect_invalid"),
    _redirected("/again", "redirects_exceeded", n_requests=6),
)
"""Redirects to where nobody may go."""

FILES: Final = (
    _file("file:///etc/hostname", "a file of the host"),
    _file("file://{root}/../outside.png", "out of the folder"),
    _file("file://{root}/%2e%2e/outside.png", "out of the folder, escaped"),
    _file("file://{root}/in/..%2f..%2foutside.png", "out of the folder, escaped"),
    _file("file://{root}/link.png", "a link out of the folder"),
    _file("file://{root}/way/outside.png", "over a link out of the folder"),
    _file("file://{root}", "the folder itself"),
    _file("file://{root}/a%00.png", "a name with an end in it"),
    _file("file://10.0.0.1{root}/a.png", "a file of another host"),
    _file("file:///dev/zero", "a file without an end"),
    _file("file:///proc/self/environ", "the settings of the process"),
)
"""Files outside of the folder, where files may be fetched at all."""


def urls() -> tuple[HostileUrl, ...]:
    """Gives all."""
    return (*WRITTEN, *NAMED, *REDIRECTED, *FILES)


def looking_up(answers: Sequence[Sequence[str]]) -> Lookup:
    """Gives a look-up that answers otherwise each time; the last answer stays."""
    following = chain(answers, repeat(answers[-1]))

    async def look_up(_: str) -> Sequence[str]:
        return next(following)

    return look_up


def lay(folder: Path) -> Path:
    """Lays a folder of files, with links out of it, and gives it."""
    root = folder / "media"
    (root / "in").mkdir(parents=True)
    (folder / "outside.png").write_bytes(PNG)
    (root / "link.png").symlink_to(folder / "outside.png")
    (root / "way").symlink_to(folder)
    return root

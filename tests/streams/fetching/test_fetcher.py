"""The fetcher against servers of its own; none of these tests leaves the machine."""

import asyncio
import hashlib
import logging
import socket
from collections.abc import Sequence

import pytest

from streams.fetching.addresses import Address
from streams.fetching.fetched import Fetched
from streams.fetching.fetcher import Fetcher
from streams.fetching.limits import Limits
from streams.fetching.refusals import Refusal
from tests.streams.fetching.servers import (
    LOOPBACK,
    NEVER_S,
    PNG,
    Asked,
    Pauses,
    Respond,
    answering,
    closing,
    fetch,
    fetcher,
    limits_for,
    names,
    response,
    serving,
)

WAV = b"RIFF\xff\xff\x00\x00WAVEfmt " + bytes(100)


def redirect(location: str, status: int = 302) -> bytes:
    return response(b"", status, [f"Location: {location}"])


def test_a_file_comes_with_what_it_is() -> None:
    outcome = fetch(answering(response(headers=["Content-Type: image/PNG; x=y"])))
    assert outcome.answer == Fetched(
        content=PNG,
        sha256=hashlib.sha256(PNG).hexdigest(),
        kind="png",
        declared="image/png",
        is_as_declared=True,
    )
    assert isinstance(outcome.answer, Fetched)
    assert outcome.answer.modality == "image"
    assert len(repr(outcome.answer)) < 120


def test_the_request_asks_plainly_and_tells_nothing() -> None:
    (head,) = fetch(answering(response()), "/a%2fb?X-Amz-Signature=%2B~/1&é").server.heads
    first, *lines = head.decode().strip().split("\r\n")
    assert first == "GET /a%2fb?X-Amz-Signature=%2B~/1&%C3%A9 HTTP/1.1"
    assert {line.split(":")[0] for line in lines} == {
        "Host", "Accept", "Accept-Encoding", "User-Agent",
    }  # fmt: skip
    assert "Accept-Encoding: identity" in lines


@pytest.mark.parametrize(
    ("declared", "is_as_declared"),
    [
        ("Content-Type: video/mp4", False),
        ("Content-Type: text/html", False),
        ("Content-Type: application/octet-stream", None),
        ("Content-Type: " + "x" * 500, None),
        ("X-Nothing: 1", None),
    ],
)
def test_a_declared_type_is_only_compared(declared: str, is_as_declared: bool | None) -> None:
    answer = fetch(answering(response(headers=[declared]))).answer
    assert isinstance(answer, Fetched)
    assert (answer.kind, answer.is_as_declared) == ("png", is_as_declared)


def test_over_tls() -> None:
    assert fetch(answering(response()), certificate="valid").code == "fetched"


@pytest.mark.parametrize("certificate", ["expired", "elsewhere", "self_signed"])
def test_a_bad_certificate_is_not_asked_twice(certificate: str) -> None:
    outcome = fetch(answering(response()), certificate=certificate)
    assert outcome.code == "tls_failed"
    assert (outcome.server.paths, outcome.pauses.waited_s) == ([], [])


def test_a_server_that_speaks_no_tls() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def run() -> object:
        server = await asyncio.start_server(refuse, LOOPBACK, 0)
        port = server.sockets[0].getsockname()[1]
        async with server, fetcher(limits_for(port)) as opened:
            return await opened.fetch(f"https://media.test:{port}/")

    assert asyncio.run(run()) == Refusal("tls_failed")


def test_a_connection_that_does_not_come_about_is_tried_again() -> None:
    """A server that never answers a TLS handshake: it waits for a request in the clear."""

    async def run() -> tuple[object, int]:
        pauses = Pauses()
        async with serving(answering(response())) as server:
            limits = limits_for(server.port, connect_s=0.1, n_attempts=2)
            async with fetcher(limits, pause=pauses) as opened:
                answer = await opened.fetch(f"https://media.test:{server.port}/")
        return answer, len(pauses.waited_s)

    assert asyncio.run(run()) == (Refusal("unreachable"), 1)


def test_sha256() -> None:
    digest = hashlib.sha256(PNG).hexdigest()
    assert fetch(answering(response()), sha256=digest).code == "fetched"
    outcome = fetch(answering(response()), sha256="0" * 64)
    assert (outcome.code, len(outcome.server.paths)) == ("sha256_differs", 1)


# Hostile answers.


async def drip(asked: Asked) -> None:
    await asked.send(response(PNG, n_bytes=10_000))
    while True:
        await asked.send(b"\0")
        await asyncio.sleep(0.02)


async def drip_headers(asked: Asked) -> None:
    await asked.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await asked.send(b"X: 1\r\n")
        await asyncio.sleep(0.02)


async def say_nothing(_: Asked) -> None:
    await asyncio.sleep(NEVER_S)


async def stop_midway(asked: Asked) -> None:
    await asked.send(response(PNG, n_bytes=10_000))
    await asyncio.sleep(NEVER_S)


async def flood(asked: Asked) -> None:
    await asked.send(b"HTTP/1.1 200 OK\r\n\r\n" + PNG)
    while True:
        await asked.send(bytes(65_536))


async def flood_in_chunks(asked: Asked) -> None:
    await asked.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    await asked.send(b"%x\r\n%s\r\n" % (len(PNG), PNG))
    while True:
        await asked.send(b"1\r\nx\r\n" * 10_000)


async def flood_headers(asked: Asked) -> None:
    await asked.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await asked.send(b"X-Header: value\r\n" * 1_000)


async def flood_trailers(asked: Asked) -> None:
    await asked.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    await asked.send(b"%x\r\n%s\r\n0\r\n" % (len(PNG), PNG))
    while True:
        await asked.send(b"X-Header: value\r\n" * 1_000)


async def flood_with_interim(asked: Asked) -> None:
    while True:
        await asked.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        await asyncio.sleep(0)


def gzip_bomb() -> bytes:
    return response(b"\x1f\x8b\x08" + bytes(50), headers=["Content-Encoding: gzip"])


HOSTILE: list[tuple[str, Respond, str]] = [
    ("slow drip", drip, "too_slow"),
    ("slow headers", drip_headers, "too_slow"),
    ("silence", say_nothing, "too_slow"),
    ("silence in the middle", stop_midway, "too_slow"),
    ("endless interim answers", flood_with_interim, "too_slow"),
    ("endless body", flood, "too_large"),
    ("endless chunks of a byte", flood_in_chunks, "too_large"),
    ("endless headers", flood_headers, "response_invalid"),
    ("endless trailers", flood_trailers, "response_invalid"),
    ("101 headers", answering(response(headers=["X: y"] * 101)), "response_invalid"),
    ("a long header", answering(response(headers=["X: " + "y" * 9_000])), "response_invalid"),
    ("a long status line", answering(b"HTTP/1.1 200 " + b"x" * 9_000), "response_invalid"),
    ("another protocol", closing(b"220 mail.test ESMTP\r\n\r\n"), "response_invalid"),
    ("a negative length", answering(response(n_bytes=-1)), "response_invalid"),
    (
        "two lengths",
        answering(response(headers=["Content-Length: 4"])),
        "response_invalid",
    ),
    ("a length over all limits", answering(response(n_bytes=10**12)), "too_large"),
    (
        "a length over the kind's",
        answering(response(PNG + bytes(5_000), n_bytes=60_000)),
        "too_large",
    ),
    ("a length too long", closing(response(n_bytes=500)), "truncated"),
    ("no answer", closing(b""), "unreachable"),
    ("half a header", closing(b"HTTP/1.1 200 OK\r\nContent-"), "unreachable"),
    (
        "a bad chunk",
        closing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        "response_invalid",
    ),
    (
        "chunks that end early",
        closing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n" + PNG),
        "truncated",
    ),
    ("gzip", answering(gzip_bomb()), "encoding_refused"),
    (
        "two codings",
        answering(response(headers=["Content-Encoding: br, gzip"])),
        "encoding_refused",
    ),
    ("nothing", answering(response(b"")), "empty"),
    ("a page", answering(response(b"<!doctype html><title>x</title>")), "kind_unknown"),
    ("a script", answering(response(b"#!/bin/sh\n")), "kind_unknown"),
    ("a vector image", answering(response(b"<svg xmlns='x'/>")), "kind_unknown"),
    ("a program", answering(response(b"MZ" + bytes(500))), "kind_unknown"),
    ("part of a file", answering(response(status=206)), "status_refused"),
    ("no content", answering(response(b"", 204)), "status_refused"),
    ("another protocol offered", answering(response(b"", 101)), "status_refused"),
    ("not modified", answering(response(b"", 304)), "status_refused"),
    ("teapot", answering(response(b"", 418)), "status_refused"),
    ("expired", answering(response(b"", 403)), "access_denied"),
    ("log in", answering(response(b"", 401)), "access_denied"),
    ("gone", answering(response(b"", 410)), "not_found"),
    ("not there", answering(response(b"", 404)), "not_found"),
]


@pytest.mark.parametrize(
    ("respond", "code"), [row[1:] for row in HOSTILE], ids=[r[0] for r in HOSTILE]
)
def test_a_hostile_answer(respond: Respond, code: str) -> None:
    # A machine may be slow to send what ends sooner than by its time.
    deadline_s = 0.4 if code == "too_slow" else 10.0
    outcome = fetch(respond, deadline_s=deadline_s, image_bytes=50_000, n_attempts=1)
    assert outcome.code == code


@pytest.mark.parametrize(
    ("respond", "changes"),
    [
        (drip_headers, {"answer_s": 0.2}),
        (flood_with_interim, {"answer_s": 0.2}),
        (say_nothing, {"answer_s": 0.2}),
        (say_nothing, {"idle_s": 0.2}),
        (stop_midway, {"idle_s": 0.2}),
    ],
)
def test_who_is_slow_holds_no_place_until_the_deadline(
    respond: Respond, changes: dict[str, float]
) -> None:
    outcome = fetch(respond, "/", changes=changes, deadline_s=NEVER_S)
    assert (outcome.code, len(outcome.server.paths)) == ("too_slow", 1)


@pytest.mark.parametrize(("least_bytes_s", "code"), [(10**9, "too_slow"), (0, "fetched")])
def test_a_file_that_drips_in_is_left_although_it_would_end(least_bytes_s: int, code: str) -> None:
    async def respond(asked: Asked) -> None:
        await asked.send(response(PNG, n_bytes=len(PNG) + 20))
        for _ in range(20):
            await asyncio.sleep(0.02)
            await asked.send(b"\0")

    assert fetch(respond, idle_s=0.1, least_bytes_s=least_bytes_s).code == code


def test_what_is_no_media_is_not_read_to_its_end() -> None:
    async def respond(asked: Asked) -> None:
        await asked.send(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_000)
        await asyncio.sleep(NEVER_S)

    assert fetch(respond).code == "kind_unknown"


def test_the_limit_is_the_kinds() -> None:
    def code(body: bytes) -> str:
        image_bytes, audio_bytes = len(PNG) - 1, len(WAV)
        respond = answering(response(body))
        return fetch(respond, image_bytes=image_bytes, audio_bytes=audio_bytes).code

    assert code(PNG) == "too_large"
    assert code(WAV) == "fetched"
    assert code(WAV + b"\0") == "too_large"


def test_bytes_behind_the_length_are_no_part_of_the_file_nor_of_the_next() -> None:
    async def run() -> list[object]:
        lying = response(PNG + b"HTTP/1.1 200 OK\r\n\r\n", n_bytes=len(PNG))
        async with (
            serving(answering(lying, response(WAV))) as server,
            fetcher(limits_for(server.port)) as opened,
        ):
            url = f"http://media.test:{server.port}/"
            return [await opened.fetch(url), await opened.fetch(url)]

    first, second = asyncio.run(run())
    assert isinstance(first, (Fetched, Refusal))
    assert isinstance(second, Fetched)
    assert second.kind == "wav"


# Further attempts.


@pytest.mark.parametrize("failure", [response(b"", code) for code in (429, 500, 502, 503, 504)])
def test_a_failing_server_is_asked_again(failure: bytes) -> None:
    outcome = fetch(answering(failure, failure, response()))
    assert outcome.code == "fetched"
    assert outcome.pauses.waited_s == [0.5, 1.0]


def test_a_connection_that_ends_early_is_tried_again() -> None:
    outcome = fetch(closing(response(n_bytes=999), b"", response()))
    assert (outcome.code, len(outcome.server.paths)) == ("fetched", 3)
    assert outcome.pauses.waited_s == [0.5]  # the second and the third are one attempt


def test_attempts_end() -> None:
    outcome = fetch(answering(response(b"", 503)))
    assert (outcome.code, len(outcome.server.paths)) == ("server_failed", 3)


def test_what_would_not_change_is_not_asked_again() -> None:
    for answer in (response(b"", 404), response(b"text"), response(b"", 400)):
        assert len(fetch(answering(answer)).server.paths) == 1


def test_a_server_is_left_alone_as_long_as_it_wants() -> None:
    failure = response(b"", 503, ["Retry-After: 7"])
    assert fetch(answering(failure, response())).pauses.waited_s == [7.0]
    outcome = fetch(answering(response(b"", 503, ["Retry-After: 999999"]), response()))
    assert (outcome.code, outcome.pauses.waited_s) == ("server_failed", [])


@pytest.mark.parametrize("wanted", ["soon", "-1", "9" * 400, "²", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_nonsense_about_waiting_is_passed_over(wanted: str) -> None:
    failure = response(b"", 503, [f"Retry-After: {wanted}"])
    assert fetch(answering(failure, response())).pauses.waited_s == [0.5]


def test_no_pause_reaches_over_the_deadline() -> None:
    outcome = fetch(answering(response(b"", 503)), backoff_s=5.0, deadline_s=4.0)
    assert (outcome.code, outcome.pauses.waited_s) == ("server_failed", [])


# Redirects.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(status: int) -> None:
    outcome = fetch(answering(redirect("../b?c=%2f", status), response()), "/a/x")
    assert (outcome.code, outcome.server.paths) == ("fetched", ["/a/x", "/b?c=%2f"])


REDIRECTS = [
    ("http://10.0.0.1/", "address_refused"),
    ("http://127.0.0.2/", "address_refused"),
    ("//169.254.169.254/latest/meta-data/", "address_refused"),
    ("http://[::ffff:169.254.169.254]/", "address_refused"),
    ("http://private.test/", "address_refused"),
    ("http://mixed.test/", "address_refused"),
    ("http://metadata.test./", "address_refused"),
    ("http://2130706433/", "host_invalid"),
    ("http://0x7f.1/", "host_invalid"),
    ("http://localhost/", "host_invalid"),
    ("http://a@media.test/", "userinfo_refused"),
    ("http://media.test:22/", "port_refused"),
    ("file:///etc/passwd", "scheme_refused"),
    ("file:/etc/passwd", "scheme_refused"),
    ("gopher://media.test/_x", "scheme_refused"),
    ("ftp://media.test/x", "scheme_refused"),
    ("data:image/png;base64,iVBO", "scheme_refused"),
    ("javascript:alert(1)", "scheme_refused"),
    ("\\\\media.test\\x", "url_invalid"),
    ("http://[::1", "url_invalid"),
    ("/" + "x" * 5_000, "url_invalid"),
    ("", "redirect_invalid"),
]


@pytest.mark.parametrize(("location", "code"), REDIRECTS)
def test_a_redirect_is_checked_like_an_address(location: str, code: str) -> None:
    lookup = names(
        private=["10.1.2.3"], metadata=["169.254.169.254"], mixed=[LOOPBACK, "192.168.0.1"]
    )
    outcome = fetch(answering(redirect(location)), lookup=lookup, files_root="/etc")
    assert (outcome.code, len(outcome.server.paths)) == (code, 1)


def test_a_chain_into_private_space_is_left_at_its_end() -> None:
    async def respond(asked: Asked) -> None:
        port = asked.head.partition(b"Host: ")[2].partition(b"\r\n")[0].rpartition(b":")[2].decode()
        await asked.send(redirect(f"http://{'bc'[asked.n]}.test:{port}/"))

    outcome = fetch(respond, lookup=names(c=["fd00::1"]))
    assert (outcome.code, outcome.server.paths) == ("address_refused", ["/file", "/"])


def test_redirects_are_counted() -> None:
    outcome = fetch(answering(redirect("/again")), n_redirects=3)
    assert (outcome.code, len(outcome.server.paths)) == ("redirects_exceeded", 4)


def test_a_redirect_from_https_to_http() -> None:
    outcome = fetch(answering(redirect("http://media.test/")), certificate="valid")
    assert outcome.code == "downgrade_refused"


def test_a_redirect_without_a_place() -> None:
    assert fetch(answering(response(b"", 302))).code == "redirect_invalid"


def test_no_cookie_is_kept() -> None:
    first = response(b"", 302, ["Location: /b", "Set-Cookie: a=b"])
    heads = fetch(answering(first, response())).server.heads
    assert len(heads) == 2
    assert b"cookie" not in heads[1].lower()


# Addresses.


def test_a_name_that_changes_its_address_is_checked_each_time() -> None:
    asked: list[str] = []

    async def rebinding(host: str) -> Sequence[str]:
        await asyncio.sleep(0)
        asked.append(host)
        return [LOOPBACK] if len(asked) == 1 else ["127.0.0.2"]

    outcome = fetch(closing(redirect("/b"), response()), lookup=rebinding)
    assert (outcome.code, outcome.server.paths) == ("address_refused", ["/file"])
    assert asked == ["media.test"] * 2


def test_a_name_is_not_asked_between_check_and_connection() -> None:
    """The second answer would lead to a server that listens, and must hear nothing."""
    asked: list[str] = []

    async def rebinding(host: str) -> Sequence[str]:
        await asyncio.sleep(0)
        asked.append(host)
        return [LOOPBACK] if len(asked) == 1 else ["127.0.0.2"]

    async def run() -> tuple[object, int]:
        async with (
            serving(answering(response())) as server,
            serving(answering(response()), host="127.0.0.2") as private,
            fetcher(limits_for(server.port, private.port), lookup=rebinding) as opened,
        ):
            answers = [await opened.fetch(f"http://media.test:{server.port}/") for _ in range(3)]
            assert server.n_connections == 1  # kept: still to the address that was checked
            answers.append(await opened.fetch(f"http://media.test:{private.port}/"))
            return [getattr(a, "code", "fetched") for a in answers], private.n_connections

    assert asyncio.run(run()) == (["fetched"] * 3 + ["address_refused"], 0)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "answer", [["127.0.0.2"], [LOOPBACK, "::1"], [], ["fe80::1%lo"], ["media.test"], ["127.1"]]
)
def test_a_host_is_refused_with_one_address_that_is(answer: list[str]) -> None:
    outcome = fetch(answering(response()), lookup=names(media=answer))
    assert (outcome.code, outcome.server.n_connections) == ("address_refused", 0)


def test_the_socket_is_checked_again_although_the_name_was() -> None:
    seen: list[str] = []

    def only_once(address: Address) -> bool:
        seen.append(str(address))
        return len(seen) == 1

    async def run() -> tuple[object, int]:
        async with serving(answering(response())) as server:
            limits = limits_for(server.port)
            async with Fetcher(limits, reachable=only_once, lookup=names()) as opened:
                answer = await opened.fetch(f"http://media.test:{server.port}/")
            return answer, server.n_connections

    assert asyncio.run(run()) == (Refusal("address_refused"), 0)
    assert seen == [LOOPBACK] * 2


def test_production_does_not_reach_loopback() -> None:
    async def run() -> tuple[object, object, int]:
        async with serving(answering(response())) as server:
            limits = limits_for(server.port)
            async with Fetcher(limits, lookup=names()) as opened:
                by_name = await opened.fetch(f"http://media.test:{server.port}/")
                by_number = await opened.fetch(f"http://127.0.0.1:{server.port}/")
            return by_name, by_number, server.n_connections

    refusal = Refusal("address_refused")
    assert asyncio.run(run()) == (refusal, refusal, 0)


def test_the_environment_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.2:1/")
    assert fetch(answering(response())).code == "fetched"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no"), "name_unknown"),
        (socket.gaierror(socket.EAI_AGAIN, "later"), "unreachable"),
        (OSError("no network"), "unreachable"),
        (UnicodeError("label too long"), "response_invalid"),
    ],
)
def test_a_name_that_leads_nowhere(error: Exception, code: str) -> None:
    async def fail(_: str) -> Sequence[str]:
        await asyncio.sleep(0)
        raise error

    assert fetch(answering(response()), lookup=fail).code == code


def test_a_port_where_nobody_listens() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]

    async def run() -> object:
        async with fetcher(limits_for(port)) as opened:
            return await opened.fetch(f"http://media.test:{port}/")

    assert asyncio.run(run()) == Refusal("unreachable")


# Connections and places.


def test_a_connection_is_used_again_and_a_refused_one_is_not() -> None:
    async def run(first: bytes) -> int:
        async with (
            serving(answering(first, response())) as server,
            fetcher(limits_for(server.port)) as opened,
        ):
            for _ in range(2):
                await opened.fetch(f"http://media.test:{server.port}/")
            return server.n_connections

    assert asyncio.run(run(response())) == 1
    assert asyncio.run(run(response(b"x" * 5_000, n_bytes=10_000))) == 2


def _most_at_once(hosts: Sequence[str], **changes: object) -> int:
    """Fetches from all at once, and gives how many the server had at the same time at most."""
    now, most = 0, 0

    async def respond(asked: Asked) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        await asked.send(response())

    async def run() -> None:
        async with (
            serving(respond) as server,
            fetcher(limits_for(server.port, **changes)) as opened,
        ):
            wanted = [opened.fetch(f"http://{host}:{server.port}/") for host in hosts]
            answers = await asyncio.gather(*wanted)
        assert all(isinstance(answer, Fetched) for answer in answers)

    asyncio.run(run())
    return most


def test_a_site_is_not_asked_more_at_once() -> None:
    hosts = [f"{n}.media.test" for n in range(12)]
    assert _most_at_once(hosts, n_per_site=3, n_at_once=32) == 3


def test_not_more_at_once_in_all() -> None:
    hosts = [f"media{n}.test" for n in range(12)]
    assert _most_at_once(hosts, n_per_site=3, n_at_once=5) == 5


def test_who_gets_no_place_is_told_and_others_do() -> None:
    async def respond(asked: Asked) -> None:
        if asked.path == "/slow":
            await asyncio.sleep(NEVER_S)
        await asked.send(response())

    async def run() -> tuple[object, object, object]:
        async with (
            serving(respond) as server,
            fetcher(limits_for(server.port, n_per_site=1, n_attempts=1)) as opened,
        ):
            url = f"http://slow.test:{server.port}"
            slow = asyncio.create_task(opened.fetch(f"{url}/slow", deadline_s=0.3))
            await asyncio.sleep(0.05)
            waiting = await opened.fetch(url, deadline_s=0.05)
            other = await opened.fetch(f"http://quick.test:{server.port}/")
            return await slow, waiting, other

    slow, waiting, other = asyncio.run(run())
    assert (slow, waiting) == (Refusal("too_slow"), Refusal("busy"))
    assert isinstance(other, Fetched)


def test_waiting_for_a_place_takes_none_of_the_time_for_a_fetch() -> None:
    async def respond(asked: Asked) -> None:
        if asked.path == "/slow":
            await asyncio.sleep(1.0)
        await asked.send(response())

    async def run() -> tuple[object, object]:
        async with (
            serving(respond) as server,
            fetcher(limits_for(server.port, n_per_site=1, deadline_s=1.5)) as opened,
        ):
            url = f"http://slow.test:{server.port}/slow"
            first, second = (opened.fetch(url, deadline_s=NEVER_S) for _ in range(2))
            return await asyncio.gather(first, second)

    first, second = asyncio.run(run())
    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)


def test_a_clip_where_a_picture_is_wanted_may_be_no_larger_than_one() -> None:
    clip = b"\x00\x00\x00\x18ftypisom" + bytes(60_000)

    async def run() -> tuple[object, object]:
        async with (
            serving(answering(response(clip))) as server,
            fetcher(limits_for(server.port, image_bytes=50_000)) as opened,
        ):
            url = f"http://media.test:{server.port}/"
            return await opened.fetch(url, modality="image"), await opened.fetch(url)

    refused, fetched = asyncio.run(run())
    assert refused == Refusal("too_large")
    assert isinstance(fetched, Fetched)


def test_a_place_is_free_again_after_a_cancelled_fetch() -> None:
    async def respond(asked: Asked) -> None:
        await (say_nothing if asked.n == 0 else answering(response()))(asked)

    async def run() -> object:
        async with (
            serving(respond) as server,
            fetcher(limits_for(server.port, n_per_site=1, n_at_once=1)) as opened,
        ):
            url = f"http://media.test:{server.port}/"
            task = asyncio.create_task(opened.fetch(url))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await opened.fetch(url, deadline_s=5.0)

    assert isinstance(asyncio.run(run()), Fetched)


# Secrets.


def test_nothing_of_an_address_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hostile = [respond for name, respond, _ in HOSTILE if "slow" not in name]
    for respond in [*hostile, answering(redirect("http://10.0.0.1/SECRET"))]:
        outcome = fetch(respond, "/?sig=SECRET", deadline_s=0.1, image_bytes=50_000, n_attempts=1)
        assert "SECRET" not in repr(outcome.answer)
    assert "SECRET" not in caplog.text


def test_used_before_it_is_open() -> None:
    async def run() -> None:
        await Fetcher(Limits(), lookup=names()).fetch("https://media.test/")

    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(run())

"""Mending states that wrong clocks spoilt: times that nothing can have had. Pure."""

from typing import Final, TypeVar

from msgspec import structs

from streams.actors.state import MINUTE_MS, Mark, State, Sum, arrival_ms, moved

Decided = TypeVar("Decided", Mark, Sum)

AHEAD_MS: Final = 5 * MINUTE_MS
"""How far a record's time may be ahead of ours. What is later arrived then."""


def is_sound(state: State | None, now_ms: int) -> bool:
    """Whether nothing of a state is of a time that has not come; one that is none is."""
    return state is None or max(state.first_ms, _last_ms(state)) <= now_ms + AHEAD_MS


def mended(state: State, now_ms: int) -> State:
    """Gives the state, in which all that is of a time that has not come is of now.

    Places keep the times of records, by which these are known when they are delivered again.
    """
    if is_sound(state, now_ms):
        return state
    tags = [tag if arrival_ms(tag) <= now_ms else moved(tag, now_ms) for tag in state.tags]
    marks = [_of_now(mark, now_ms) for mark in state.marks]
    sums = [_of_now(one, now_ms) for one in state.sums]
    decided: list[Mark | Sum] = [*marks, *sums]
    times = [*map(arrival_ms, tags), *(one.noted_ms for one in decided)]
    first_ms = state.first_ms
    if first_ms > now_ms:
        first_ms = min(times, default=now_ms)
    places = list(state.places)
    for n in range(2, len(places), 3):
        places[n] += state.first_ms - first_ms
    minutes = [
        number
        for n in range(0, len(state.minutes), 3)
        if state.minutes[n] * MINUTE_MS <= now_ms
        for number in state.minutes[n : n + 3]
    ]
    return structs.replace(
        state,
        first_ms=first_ms,
        last=max(times, default=first_ms) - first_ms,
        places=places,
        tags=tags,
        minutes=minutes,
        marks=marks,
        sums=sums,
    )


def _last_ms(state: State) -> int:
    return state.first_ms + state.last


def _of_now(decided: Decided, now_ms: int) -> Decided:
    return decided if decided.noted_ms <= now_ms else structs.replace(decided, noted_ms=now_ms)

"""Mistakes in policy files: each is found, at its line, with words that help."""

from pathlib import Path

import pytest

from streams import policy
from streams.policy.checking import check

HEAD = """\
version = "1"
owner = "Trust and Safety"
description = "for tests"
queues = ["fraud", "conduct"]
[on_missing]
text = "hold"
image = "limit"
video = "limit"
audio = "limit"
[[rules]]
id = "scam-hold"
label = "scam"
threshold = 0.65
action = "hold"
reason = "scam"
queue = "fraud"
"""
N = HEAD.count("\n")
"""A line of a mistake is counted from here: what follows HEAD begins at N + 1."""


def a_rule(text: str, *, id_: str = "new") -> str:
    """Gives a rule whose own keys begin at its fourth line."""
    return f'[[rules]]\nid = "{id_}"\nreason = "other"\n{text}\n'


GATE = 'action = "limit"\nlabel = "spam"\nthreshold = 0.5'
ALLOWED = "expect = { action = 'allow' }\n"
WHEN = 'action = "limit"\nqueue = "fraud"\nwhen = '

CHILD = 'action = "hold"\nlabel = "child_safety"\nthreshold = 0.5\nqueue = "conduct"'
ONES = f"[{', '.join('1' * 60)}]"

MISTAKES: dict[str, tuple[str, int, str]] = {
    # syntax
    "no value": ("owner =\n", N + 1, "Invalid value"),
    "open text": ('x = "abc\n', N + 1, "Illegal character"),
    "the same key twice": (a_rule(f'{GATE}\naction = "hold"'), N + 7, "Cannot overwrite a value"),
    "CEL: cut short": (a_rule(f'{WHEN}"actor.n_10s >"'), N + 6, "Syntax error"),
    "CEL: = for ==": (a_rule(f"{WHEN}\"actor.standing = 'new'\""), N + 6, "Syntax error"),
    "CEL: on the second line": (
        a_rule(f"{WHEN}'''\nactor.n_1m > 3 &&\n  actor.n_1o > 3'''"),
        N + 8,
        "no such name: actor.n_1o; did you mean actor.n_1m?",
    ),
    # names
    "key of a rule": (a_rule(f'{GATE}\nqeue = "fraud"'), N + 7, "`qeue`; did you mean queue?"),
    "key at the top": (
        '[[rule]]\nid = "x"\n',
        N + 1,
        "unknown key `rule`; did you mean rules?",
    ),
    "label": (
        a_rule('action = "limit"\nlabel = "phising"\nthreshold = 0.5'),
        N + 5,
        "`phising` is no label; did you mean phishing?",
    ),
    "surface": (
        a_rule(f'{GATE}\nsurfaces = ["chat"]'),
        N + 7,
        "`chat` is no surface; did you mean chatroom?",
    ),
    "action": (
        a_rule('action = "delete"\nlabel = "spam"\nthreshold = 0.5'),
        N + 4,
        "`delete` is no action; one of allow, label, limit, hold, remove",
    ),
    "detector": (
        a_rule(f'{GATE}\ndetectors = ["text.entites"]'),
        N + 7,
        "names no detector: text.entites; did you mean text.entities?",
    ),
    "queue": (
        a_rule(f'{GATE}\nqueue = "frauds"'),
        N + 7,
        "do not list frauds; did you mean fraud?",
    ),
    "sanction": (
        a_rule(f'{GATE}\nactor_action = {{ kind = "ban" }}'),
        N + 7,
        "`ban` is no sanction; one of none, warn, mute, suspend",
    ),
    "CEL: feature": (
        a_rule(f'{WHEN}"actor.n_10_s > 3"'),
        N + 6,
        "no such name: actor.n_10_s; did you mean actor.n_10s?",
    ),
    "CEL: label of a score": (
        a_rule(f'{WHEN}"score.scams > 0.5"'),
        N + 6,
        "no such name: score.scams; did you mean score.scam?",
    ),
    "CEL: field of a signal": (
        a_rule(f"{WHEN}\"signals.exists(s, s.name == 'x')\""),
        N + 6,
        "a signal has no name",
    ),
    "CEL: function": (
        a_rule(f"{WHEN}\"item.language.lower() == 'en'\""),
        N + 6,
        "no such name: lower",
    ),
    "CEL: a table for a value": (a_rule(f'{WHEN}"campaign != null"'), N + 6, "no value by itself"),
    # types
    "text for a number": (
        a_rule('action = "limit"\nlabel = "spam"\nthreshold = "high"'),
        N + 6,
        "threshold: text where a number is expected",
    ),
    "CEL: whole number with a fraction": (
        a_rule(f'{WHEN}"actor.n_10s > 5.0"'),
        N + 6,
        "write 5, a whole number",
    ),
    "CEL: number without one": (a_rule(f'{WHEN}"score.scam > 1 / 2"'), N + 6, "int"),
    "CEL: share as a whole number": (
        a_rule(f'{WHEN}"actor.violations >= 3"'),
        N + 6,
        ">= does not go with a double and an int: write 3.0",
    ),
    "CEL: text against a number": (
        a_rule(f'{WHEN}"item.language == 3"'),
        N + 6,
        "== does not go with a string and an int",
    ),
    "CEL: no condition": (
        a_rule(f'{WHEN}"actor.n_10s"'),
        N + 6,
        "must be true or false, and this is an int",
    ),
    "CEL: time": (a_rule(f'{WHEN}"now > 3"'), N + 6, "does not go with a timestamp and an int"),
    # ids
    "an id twice": (a_rule(GATE, id_="scam-hold"), N + 2, "rule ids used twice: scam-hold"),
    "no id": (f'[[rules]]\nreason = "x"\n{GATE}\n', N + 1, "rule 2 lacks `id`"),
    # ranges
    "threshold too high": (
        a_rule('action = "limit"\nlabel = "spam"\nthreshold = 1.5'),
        N + 6,
        "threshold: expected `float` <= 1.0, not 1.5",
    ),
    "threshold of a language": (
        a_rule(f"{GATE}\nlanguages = {{ ar = 0.001 }}"),
        N + 7,
        "ar: expected `float` >= 0.01, not 0.001",
    ),
    "name of a language": (
        a_rule(f"{GATE}\nlanguages = {{ arabic = 0.9 }}"),
        N + 7,
        "arabic is no language: its code has two or three letters",
    ),
    "language": (a_rule(f"{GATE}\nlanguages = {{ Arabic = 0.9 }}"), N + 7, "matching regex"),
    "sample": (a_rule(f"{GATE}\nsample = 0"), N + 7, "sample: expected `float` > 0.0"),
    "share": (
        a_rule(f'{GATE}\nmode = "canary"\ncanary_share = 20'),
        N + 8,
        "canary_share: expected `float` <= 1.0",
    ),
    "quota": (a_rule(f"{GATE}\ndaily_quota = 0"), N + 7, "daily_quota: expected `int` >= 1"),
    "strike": (a_rule(f"{GATE}\nstrike = -1.0"), N + 7, "strike: expected `float` >= 0.0"),
    # what does not fit together
    "canary without share": (a_rule(f'{GATE}\nmode = "canary"'), N + 7, "needs canary_share"),
    "share without canary": (a_rule(f"{GATE}\ncanary_share = 0.1"), N + 7, "needs mode = 'canary'"),
    "label without threshold": (
        a_rule('action = "limit"\nlabel = "spam"'),
        N + 5,
        "a label needs a threshold",
    ),
    "threshold without label": (
        a_rule('action = "limit"\nwhen = "item.is_edit"\nthreshold = 0.5'),
        N + 6,
        "threshold needs a label",
    ),
    "no condition at all": (
        a_rule('action = "limit"'),
        N + 1,
        "needs a label with a threshold, or",
    ),
    "duration of a warning": (
        a_rule(f'{GATE}\nactor_action = {{ kind = "warn", duration_s = 60 }}'),
        N + 7,
        "actor_action warn has no duration",
    ),
    "duration of nothing": (
        a_rule(f'{GATE}\nactor_action = {{ kind = "mute", duration_s = 0 }}'),
        N + 7,
        "mute for 0 s does nothing",
    ),
    "threshold of a surface it skips": (
        a_rule(f'{GATE}\nsurfaces = ["ai"]\nthresholds = {{ square = 0.9 }}'),
        N + 8,
        "has thresholds for surfaces it skips: square",
    ),
    "a quota on children's safety": (
        a_rule(f"{CHILD}\ndaily_quota = 9"),
        N + 8,
        "has no quota",
    ),
    "children's safety in shadow": (a_rule(f"{CHILD}\nmode = 'shadow'"), N + 8, "not in shadow"),
    "a sample of children's safety": (a_rule(f"{CHILD}\nsample = 0.5"), N + 8, "is not sampled"),
    "children's safety without queue": (
        a_rule('action = "hold"\nlabel = "child_safety"\nthreshold = 0.5'),
        N + 5,
        "needs a queue",
    ),
    "children's safety let through": (
        a_rule(CHILD.replace('"hold"', '"allow"')),
        N + 4,
        "held or removed",
    ),
    # what can never be evaluated
    "CEL: pattern": (a_rule(f"{WHEN}\"item.language.matches('(')\""), N + 6, "no pattern that RE2"),
    "CEL: pattern of too many": (
        a_rule(f"{WHEN}\"item.is_edit && item.language.matches('a{{1001}}')\""),
        N + 6,
        "no pattern that RE2",
    ),
    "CEL: timestamp": (
        a_rule(f"{WHEN}\"now > timestamp('2026-13-45')\""),
        N + 6,
        "`2026-13-45` is no time",
    ),
    "CEL: duration": (
        a_rule(f"{WHEN}\"now - now > duration('1 day')\""),
        N + 6,
        "`1 day` is no length of time",
    ),
    "CEL: past the end": (
        a_rule(f'{WHEN}"[1, 2][5] > actor.n_10s"'),
        N + 6,
        "a list of 2 has no member 5",
    ),
    "CEL: division by zero": (
        a_rule(f'{WHEN}"actor.n_10s / 0 > 1"'),
        N + 6,
        "a division by zero",
    ),
    "CEL: never evaluated": (
        a_rule(f'{WHEN}"timestamp(item.language) > now"'),
        N + 6,
        "cannot be evaluated on any item",
    ),
    "CEL: no finite number": (
        a_rule(f'{WHEN}"actor.violations >= 1.0e999"'),
        N + 6,
        "the number is too large",
    ),
    # what costs too much
    "CEL: walks in walks": (
        a_rule(f'{WHEN}"[1].all(a, [a].all(b, [b].all(c, c > actor.n_1m)))"'),
        N + 6,
        "more than 2 deep",
    ),
    "CEL: walks after walks": (
        a_rule(f'{WHEN}"[1].map(a, [a]).map(b, [b, b]).map(c, [c, c]).size() > actor.n_1m"'),
        N + 6,
        "more than 2 deep",
    ),
    "CEL: texts that grow": (
        a_rule(f"{WHEN}\"['a'].exists(a, [a + a].exists(b, b == item.language))\""),
        N + 6,
        "not joined with + within",
    ),
    "CEL: lists that grow": (
        a_rule(f'{WHEN}"[missing].exists(a, (a + a).exists(b, b == item.language))"'),
        N + 6,
        "not joined with + within",
    ),
    "CEL: too many steps": (
        a_rule(f'{WHEN}"{ONES}.all(a, {ONES}.all(b, a + b > actor.n_1m))"'),
        N + 6,
        "steps, 20000 are the limit",
    ),
    "CEL: a pattern too long": (
        a_rule(f"{WHEN}\"item.language.matches('[a-z]{{900}}')\""),
        N + 6,
        "steps, 20000 are the limit",
    ),
    "CEL: a pattern by class": (
        a_rule(f"{WHEN}'item.language.matches(r\"\\pL\")'"),
        N + 6,
        "plain letters alone",
    ),
    "CEL: a pattern that an item tells": (
        a_rule(f"{WHEN}\"'a'.matches(item.language)\""),
        N + 6,
        "a pattern that is written out",
    ),
    "CEL: many nots": (
        a_rule(f'{WHEN}"item.is_reply || {"!" * 1_900}item.is_edit"'),
        N + 6,
        "more than 8 `!` follow on each other",
    ),
    "on_pending allows": (
        '[on_pending]\nimage = "allow"\n',
        N + 2,
        "on_pending may not allow what is not judged yet: image",
    ),
    "on_missing of a surface allows": (
        '[surfaces.ai]\non_missing = { text = "allow" }\n',
        N + 2,
        "on_missing may not allow what was not judged: text",
    ),
    # rules that never change anything
    "covered": (
        '[[rules]]\nid = "b"\nreason = "scam"\nlabel = "scam"\nthreshold = 0.9\naction = "limit"\n',
        N + 1,
        "rule b never changes anything: scam-hold fires whenever it does",
    ),
    "contradicted": (
        a_rule('action = "remove"\nlabel = "scam"\nthreshold = 0.65'),
        N + 1,
        "rule new contradicts scam-hold: the same gate, but remove in place of hold",
    ),
    "contradicted condition": (
        a_rule(f'{WHEN}"actor.n_10s > 3"', id_="one")
        + a_rule('action = "hold"\nwhen = "actor.n_10s  >  3"', id_="two"),
        N + 7,
        "rule two contradicts one",
    ),
    # what cannot be meant
    "an id that is not seen": (a_rule(GATE, id_="r\\u202e"), N + 2, "an id has small letters"),
    "an id that is taken": (a_rule(GATE, id_="on_missing.text"), N + 2, "are taken"),
    "a priority of no queue": (a_rule(f"{GATE}\npriority = 'low'"), N + 7, "needs a queue"),
    "a strike in shadow": (
        a_rule(f"{GATE}\nmode = 'shadow'\nstrike = 1.0"),
        N + 8,
        "in shadow strikes nobody",
    ),
    "a quota in shadow": (
        a_rule(f"{GATE}\nmode = 'shadow'\ndaily_quota = 5"),
        N + 8,
        "a quota could bound",
    ),
    "a duration in milliseconds": (
        a_rule(f"{GATE}\nactor_action = {{ kind = 'mute', duration_s = 86400000000 }}"),
        N + 7,
        "longer than ten years",
    ),
    "CEL: label of a signal": (
        a_rule(f"{WHEN}\"signals.exists(s, s.label == 'scma')\""),
        N + 6,
        "no label is called scma; did you mean scam?",
    ),
    "CEL: detector with its version": (
        a_rule(f"{WHEN}\"signals.exists(s, s.detector == 'text.risk@4')\""),
        N + 6,
        "without version: text.risk",
    ),
    "CEL: language in capitals": (
        a_rule(f"{WHEN}\"item.language in ['en', 'TR']\""),
        N + 6,
        "item.language is never TR",
    ),
    "contradicted in another order": (
        a_rule(f'{WHEN}"actor.n_10s > 3 && item.is_edit"', id_="one")
        + a_rule('action = "hold"\nwhen = "item.is_edit && actor.n_10s > 3"', id_="two"),
        N + 7,
        "rule two contradicts one",
    ),
    "false": (a_rule(f'{WHEN}"false"'), N + 6, "never fires: its condition is false"),
    "always the same": (a_rule(f'{WHEN}"1 < 2"'), N + 6, "asks of nothing"),
    "a score above one": (
        a_rule(f'{WHEN}"score.scam > 1.0"'),
        N + 6,
        "never fires: score.scam is never above 1",
    ),
    "a share above one": (
        a_rule(f'{WHEN}"campaign.violating_share >= 50.0"'),
        N + 6,
        "campaign.violating_share is never above 1",
    ),
    "an empty range": (
        a_rule(f'{WHEN}"actor.n_1h > 9 && actor.n_1h < 5"'),
        N + 6,
        "no actor.n_1h is above 9 and below 5 at once",
    ),
    "below its own gate": (
        a_rule(f'{GATE}\nwhen = "score.spam < 0.4"'),
        N + 7,
        "no score.spam is above 0.5 and below 0.4 at once",
    ),
    "a word that is none": (
        a_rule(f"{WHEN}\"actor.standing == 'trustd'\""),
        N + 6,
        "actor.standing is never `trustd`; did you mean trusted?",
    ),
    "another surface": (
        a_rule(f"{GATE}\nsurfaces = ['ai']\nwhen = \"item.surface == 'square'\""),
        N + 8,
        "never fires: it applies to ai alone",
    ),
    # examples
    "example: feature": (
        f"[[tests]]\ngiven = {{ surface = 'ai', actor = {{ n_10 = 4 }} }}\n{ALLOWED}",
        N + 2,
        "no such feature: actor.n_10; did you mean n_10s?",
    ),
    "example: type of a feature": (
        f"[[tests]]\ngiven = {{ surface = 'ai', actor = {{ n_1m = 'x' }} }}\n{ALLOWED}",
        N + 2,
        "actor.n_1m: Expected `int`",
    ),
    "example: rule": (
        "[[tests]]\ngiven = { surface = 'ai' }\n"
        "expect = { action = 'allow', rules = ['scam-hld'] }\n",
        N + 3,
        "no rule is called scam-hld; did you mean scam-hold?",
    ),
    "example: no surface": (
        "[[tests]]\nexpect = { action = 'allow' }\n[tests.given]\n",
        N + 3,
        "given lacks `surface`",
    ),
    "example: time": (
        "[[tests]]\ngiven = { surface = 'ai', now = 'noon' }\nexpect = { action = 'allow' }\n",
        N + 2,
        "`noon` is no time",
    ),
    # reasons
    "dsa_category": (
        "[reasons.scam]\npolicy_text = 'x'\nseverity = 'high'\nlegal_ground = 'illegal_content'\n"
        "dsa_category = 'scams'\n",
        N + 5,
        "`scams` is no dsa_category; did you mean scams_and_fraud?",
    ),
}
WARNINGS: dict[str, tuple[str, int, str]] = {
    "asks for nothing": (a_rule('action = "allow"\nsample = 0.1'), N + 4, "asks for nothing"),
    "hold without queue": (
        a_rule('action = "hold"\nlabel = "spam"\nthreshold = 0.5'),
        N + 4,
        "holds without a queue",
    ),
    "reason without ground": (
        "[reasons.scam]\npolicy_text = 'x'\nseverity = 'high'\nlegal_ground = 'illegal_content'\n"
        "dsa_category = 'scams_and_fraud'\n" + a_rule(GATE),
        N + 8,
        "no [reasons.other] says what stands behind it",
    ),
}


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_mistakes_are_made_in_is_right(tmp_path: Path) -> None:
    assert check(written(tmp_path, HEAD)) == []
    assert check(written(tmp_path, HEAD + a_rule(GATE))) == []
    assert check(written(tmp_path, HEAD + a_rule(f'{WHEN}"actor.n_10s > 5"'))) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_found_at_its_line(tmp_path: Path, mistake: str) -> None:
    text, line, cause = MISTAKES[mistake]
    path = written(tmp_path, HEAD + text)
    found = check(path)
    assert [(one.file, one.line) for one in found][:1] == [(str(path), line)], found
    assert cause in found[0].message
    assert found[0].level == "error"
    assert "\n" not in found[0].message


@pytest.mark.parametrize("mistake", WARNINGS)
def test_doubtful_is_warned_of_at_its_line(tmp_path: Path, mistake: str) -> None:
    text, line, cause = WARNINGS[mistake]
    path = written(tmp_path, HEAD + text)
    (found,) = check(path)
    assert (found.line, found.level) == (line, "warning")
    assert cause in found.message
    policy.load(path)


def test_all_mistakes_are_found_at_once(tmp_path: Path) -> None:
    several = [
        ('action = "limit"\nlabel = "phising"\nthreshold = 0.5', 5),
        (f'{WHEN}"actor.n_10s > 5.0"', 6),
        (f'{GATE}\ndetectors = ["text.entites"]', 7),
    ]
    text, lines = HEAD, []
    for n, (mistake, line) in enumerate(several):
        lines.append(text.count("\n") + line)
        text += a_rule(mistake, id_=f"r{n}")
    assert [one.line for one in check(written(tmp_path, text))] == lines


def test_columns_lead_into_conditions(tmp_path: Path) -> None:
    text = HEAD + a_rule(f'{WHEN}"item.is_edit && actor.n_1o > 3"')
    (found,) = check(written(tmp_path, text))
    line = text.split("\n")[found.line - 1]
    assert line[found.column - 1 :].startswith(".n_1o")
    text = HEAD + a_rule(f"{WHEN}'''\n  item.is_edit &&\n  actor.n_1o > 3'''")
    (found,) = check(written(tmp_path, text))
    line = text.split("\n")[found.line - 1]
    assert line[found.column - 1 :].startswith(".n_1o")


BOMBS = {
    "long": '"' + "a" * 3_000 + '"',
    "deep": '"' + "(" * 400 + "true" + ")" * 400 + '"',
    "lists of lists": '"' + "[" * 300 + "1" + "]" * 300 + ' == []"',
    "many nots": '"' + "!" * 1_900 + 'item.is_edit"',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_hostile_conditions_are_refused_in_one_line(tmp_path: Path, bomb: str) -> None:
    path = written(tmp_path, HEAD + a_rule(WHEN + BOMBS[bomb]))
    assert check(path)
    with pytest.raises(policy.PolicyInvalid) as raised:
        policy.load(path)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 600


def test_conditions_of_a_policy_may_take_so_many_steps_together(tmp_path: Path) -> None:
    walks = [f"signals.exists(a, signals.exists(b, a.score > b.score + 0.{n}))" for n in range(9)]
    walks = [one.replace("+ 0.", f"+ 0.{n}") for n in range(2) for one in walks]
    text = HEAD + "".join(a_rule(f'{WHEN}"{one}"', id_=f"r{n}") for n, one in enumerate(walks))
    assert "steps an item, 100000 are the limit" in check(written(tmp_path, text))[0].message


def test_a_policy_has_so_many_characters_of_conditions(tmp_path: Path) -> None:
    when = "item.is_edit" + " && item.is_reply" * 100
    text = HEAD + "".join(a_rule(f'{WHEN}"{when}"', id_=f"r{n}") for n in range(60))
    assert "characters, 100000 are the limit" in check(written(tmp_path, text))[0].message


FOLDER = {
    "common.toml": 'surfaces = ["chatroom", "ai"]\n' + HEAD,
    "chatroom.toml": 'description = "chat"\n' + a_rule(GATE, id_="chat"),
    "ai.toml": '[on_missing]\ntext = "remove"\n'
    + a_rule(GATE, id_="ai")
    + "[[tests]]\ngiven = { scores = { spam = 0.6 } }\nexpect = { action = 'limit' }\n",
}


def folder(path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def test_a_folder_is_one_policy(tmp_path: Path) -> None:
    assert check(folder(tmp_path, FOLDER)) == []
    loaded = policy.load(tmp_path)
    assert {rule.id: rule.surfaces for rule in loaded.policy.rules} == {
        "scam-hold": ("chatroom", "square", "memerush", "ai"),
        "chat": ("chatroom",),
        "ai": ("ai",),
    }
    assert loaded.plans["ai"].on_missing["text"] == "remove"
    assert loaded.plans["square"].on_missing["text"] == "hold"
    assert loaded.policy.tests[0].given.surface == "ai"
    before = loaded.hash
    folder(tmp_path, {"ai.toml": FOLDER["ai.toml"].replace("0.5", "0.6")})
    assert policy.load(tmp_path).hash != before


@pytest.mark.parametrize(
    ("name", "text", "file", "line", "cause"),
    [
        ("chat.toml", "", "chat.toml", 0, "no surface has this name; did you mean chatroom.toml?"),
        ("ai.toml", "version = '2'\n", "ai.toml", 1, "unknown key `version`"),
        ("ai.toml", "\nrule = []\n", "ai.toml", 2, "`rule`; did you mean rules?"),
        ("ai.toml", a_rule(GATE, id_="chat"), "ai.toml", 2, "rule ids used twice: chat"),
        ("ai.toml", a_rule(f"{GATE}\nsurfaces = ['square']"), "ai.toml", 7, "leave surfaces out"),
        ("ai.toml", a_rule(f'{GATE}\nwhen = "actr.x"'), "ai.toml", 7, "no such name"),
        ("ai.toml", "[on_missing]\ntext = 'pass'\n", "ai.toml", 2, "`pass` is no action"),
        ("ai.toml", "x = [", "ai.toml", 1, "Invalid value"),
        ("chatroom.toml", "rules = 3\n", "chatroom.toml", 1, "rules are written [[rules]]"),
        ("common.toml", HEAD, "common.toml", 1, 'lacks surfaces = ["chatroom", "ai"]'),
        (
            "common.toml",
            'version = "1"\nsurfaces = ["chatroom", "ai", "square"]\n',
            "common.toml",
            2,
            "surfaces lists square, and square.toml is not there",
        ),
        ("square.toml", "", "common.toml", 1, "surfaces does not list square, whose file is there"),
    ],
)
def test_mistakes_in_folders_are_found_in_their_file(
    tmp_path: Path, name: str, text: str, file: str, line: int, cause: str
) -> None:
    found = check(folder(tmp_path, FOLDER | {name: text}))
    assert (found[0].file, found[0].line) == (str(tmp_path / file), line), found
    assert cause in found[0].message
    with pytest.raises(policy.PolicyInvalid, match=file):
        policy.load(tmp_path)


def test_a_file_that_is_gone_is_missed(tmp_path: Path) -> None:
    """As when a folder is copied by halves while a worker follows it."""
    (folder(tmp_path, FOLDER) / "chatroom.toml").unlink()
    (found,) = check(tmp_path)
    assert "surfaces lists chatroom, and chatroom.toml is not there" in found.message
    with pytest.raises(policy.PolicyInvalid, match="chatroom"):
        policy.load(tmp_path)


def test_what_editors_leave_is_no_policy(tmp_path: Path) -> None:
    before = policy.load(folder(tmp_path, FOLDER)).hash
    (tmp_path / ".#ai.toml").symlink_to("somebody@somewhere.1234")
    for name in (".ai.toml", "#ai.toml#", "ai.toml~", ".ai.toml.swp", "#ai.toml"):
        (tmp_path / name).write_bytes(b"x = [")
    assert check(tmp_path) == []
    assert policy.load(tmp_path).hash == before


def test_a_mark_of_byte_order_says_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD)
    before = policy.load(path).hash
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.encode())
    assert check(path) == []
    assert policy.load(path).hash == before


@pytest.mark.parametrize("n_parts", [17, 200_000])
def test_a_key_has_so_many_parts(tmp_path: Path, n_parts: int) -> None:
    (found,) = check(written(tmp_path, HEAD + ".".join("a" * n_parts) + " = 1\n"))
    assert (found.line, found.message) == (N + 1, "a key of more than 16 parts")


def test_a_policy_has_so_many_rules(tmp_path: Path) -> None:
    text = HEAD + "".join(a_rule(GATE, id_=f"r{n}") for n in range(1_000))
    (found,) = check(written(tmp_path, text))[:1]
    assert found.message == "1001 rules, 1000 are the limit"


def test_a_folder_needs_its_common_file(tmp_path: Path) -> None:
    (found,) = check(tmp_path)
    assert "needs common.toml" in found.message

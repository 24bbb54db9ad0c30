from pathlib import Path
from typing import get_args

import msgspec
import pytest

from schemas.topics import PRODUCT_TOPICS
from streams.settings import (
    FOLDERS,
    OPTIONAL_PATHS,
    Settings,
    SettingsInvalid,
    load,
    product_topics,
)


def test_defaults() -> None:
    assert load({}) == Settings()


def test_defaults_keep_their_own_limits() -> None:
    shown = msgspec.to_builtins(Settings(), enc_hook=str)
    shown = {name: value for name, value in shown.items() if not isinstance(value, Path)}
    shown = {name: value for name, value in shown.items() if not name.endswith("_dir")}
    assert msgspec.convert(shown, Settings) == Settings()


def test_each_kind_of_value() -> None:
    settings = load(
        {
            "TIDEGATE_BROKER": "a:1,b:2",
            "TIDEGATE_BATCH_MAX": "64",
            "TIDEGATE_BATCH_WAIT_S": "0.25",
            "TIDEGATE_POLICY": "/etc/tidegate/policy.toml",
            "TIDEGATE_METRICS_PORT": "-1",
            "TIDEGATE_LOG_LEVEL": "debug",
            "TIDEGATE_CLICKHOUSE_PASSWORD": "",
        }
    )
    assert settings.broker == "a:1,b:2"
    assert (settings.batch_max, settings.batch_wait_s) == (64, 0.25)
    assert settings.policy == Path("/etc/tidegate/policy.toml")
    assert settings.metrics_port == -1


def test_other_variables_are_left_alone() -> None:
    assert load({"PATH": "/bin", "TIDEGATE_REQUIRE_SERVICES": "1", "BATCH_MAX": "x"}) == Settings()


def test_what_kubernetes_adds_for_a_service_is_passed_over() -> None:
    added = {
        "TIDEGATE_METRICS_SERVICE_HOST": "10.96.0.11",
        "TIDEGATE_METRICS_SERVICE_PORT": "9108",
        "TIDEGATE_METRICS_PORT": "tcp://10.96.0.11:9108",
        "TIDEGATE_METRICS_PORT_9108_TCP_ADDR": "10.96.0.11",
    }
    assert load(added) == Settings()
    # What the deployment sets takes the place of what would be added.
    assert load(added | {"TIDEGATE_METRICS_PORT": "9200"}).metrics_port == 9200
    with pytest.raises(SettingsInvalid, match="TIDEGATE_METRICS_PRT is not a setting"):
        load(added | {"TIDEGATE_METRICS_PRT": "9108"})


@pytest.mark.parametrize("name", sorted(OPTIONAL_PATHS))
def test_an_empty_path_that_need_not_be_named_is_none(name: str) -> None:
    assert load({f"TIDEGATE_{name.upper()}": ""}) == Settings()


def test_every_path_is_read_as_one() -> None:
    paths = {
        field.name
        for field in msgspec.structs.fields(Settings)
        if Path in (field.type, *get_args(field.type))
    }
    assert paths == OPTIONAL_PATHS | FOLDERS
    assert all(getattr(Settings(), name) is None for name in OPTIONAL_PATHS)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("", [topic.name for topic in PRODUCT_TOPICS]),
        ("square.posts.v1", ["square.posts.v1"]),
        ("square.posts.v1, chatroom.messages.v1", ["chatroom.messages.v1", "square.posts.v1"]),
        ("square.posts.v1,square.posts.v1", ["square.posts.v1"]),
    ],
)
def test_the_product_topics_that_are_read(given: str, wanted: list[str]) -> None:
    found = product_topics(load({"TIDEGATE_TOPICS": given}))
    assert [topic.name for topic in found] == wanted


@pytest.mark.parametrize(
    ("variable", "value", "cause"),
    [
        ("TIDEGATE_BATCHMAX", "5", "is not a setting"),
        ("TIDEGATE_", "5", "is not a setting"),
        ("TIDEGATE_BATCH_MAX", "many", "`int`"),
        ("TIDEGATE_BATCH_MAX", "", "`int`"),
        ("TIDEGATE_BATCH_MAX", "0", ">= 1"),
        ("TIDEGATE_BATCH_MAX", "9" * 30, ""),
        ("TIDEGATE_DLQ_WINDOW", "0", ">= 1"),
        ("TIDEGATE_DLQ_MAX_RATIO", "1.5", "<= 1.0"),
        ("TIDEGATE_DLQ_MAX_RATIO", "nan", ">= 0.0"),
        ("TIDEGATE_STALL_TIMEOUT_S", "inf", "<= 86400.0"),
        ("TIDEGATE_STALL_TIMEOUT_S", "0", "> 0.0"),
        ("TIDEGATE_METRICS_PORT", "65536", "<= 65535"),
        ("TIDEGATE_METRICS_PORT", "-2", ">= -1"),
        ("TIDEGATE_LOG_LEVEL", "loud", "regex"),
        ("TIDEGATE_ARCHIVE", "postgres", "regex"),
        ("TIDEGATE_TOPICS", "chatroom", "'chatroom' is no product topic; there are chatroom.mess"),
        ("TIDEGATE_TOPICS", "square.posts.v1,", "'' is no product topic"),
        ("TIDEGATE_TOPICS", "moderation.verdicts.v1", "is no product topic"),
        ("TIDEGATE_TOPICS", "square.posts.v1,x\ny", "is no product topic"),
        ("TIDEGATE_BROKER", "", "length >= 1"),
        ("TIDEGATE_STATE_DIR", "", "names no folder"),
        ("TIDEGATE_ARCHIVE_DIR", "", "names no folder"),
        ("TIDEGATE_BROKER", "\udcff:9092", "is not UTF-8"),
    ],
)
def test_error_names_the_variable(variable: str, value: str, cause: str) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        load({"TIDEGATE_GROUP": "fine", variable: value})
    assert variable in str(raised.value)
    assert cause in str(raised.value)
    assert "\n" not in str(raised.value)

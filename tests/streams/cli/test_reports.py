from streams.cli import reports


def test_a_compact_report_is_one_line_that_says_the_same() -> None:
    indented = b'{\n "name": "a\\n b",\n "rates": [\n  0.5,\n  null\n ]\n}\n'
    assert reports.compact(indented) == b'{"name":"a\\n b","rates":[0.5,null]}'


def test_a_rate_that_was_not_measured_is_a_dash() -> None:
    assert reports.figure(None) == "-"

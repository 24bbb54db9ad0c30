from detectors.evaluation import markup


def test_heads_are_escaped_and_cells_are_html_already() -> None:
    shown = markup.table(["<a>", "n"], [["<b>one</b>", "2"]])
    assert "<th>&lt;a&gt;</th><th>n</th>" in shown
    assert "<tr><td><b>one</b></td><td>2</td></tr>" in shown
    assert shown.count("<tr>") == 2


def test_a_gate_is_passed_missed_or_not_there() -> None:
    assert markup.gate(None) == ""
    assert "Gate: passed." in markup.gate([])
    shown = markup.gate(["f1 of <scam>: 0.1, under 0.5", "second"])
    assert "Gate: missed." in shown
    assert "<li>f1 of &lt;scam&gt;: 0.1, under 0.5</li><li>second</li>" in shown

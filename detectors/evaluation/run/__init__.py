"""Any detector set on any labelled JSON lines: figures, a page and a gate."""

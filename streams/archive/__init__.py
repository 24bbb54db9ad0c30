"""The archive: every verdict, signal, dead letter and human label, in ClickHouse."""

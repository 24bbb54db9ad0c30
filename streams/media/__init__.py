"""The media lanes: tasks in, revised verdicts out."""

"""What can go wrong in a bench run."""


class BenchFailed(RuntimeError):
    """A process of the bench ended or did not do its part in time; the message says which."""

"""The Faust worker: the only package that imports Faust."""

"""The running system: policy, pipeline, Faust agents, archiver, archive, command line."""

"""Where a file says it comes from: signed manifests, declarations, traces of generators."""

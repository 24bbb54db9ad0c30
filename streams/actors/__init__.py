"""Actor memory: what each actor did lately, of which rules may ask as `actor.*`. Pure."""

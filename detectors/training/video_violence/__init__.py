"""How the weights of `video.violence` are made."""

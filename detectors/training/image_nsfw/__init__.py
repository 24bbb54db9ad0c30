"""How the weights of `image.nsfw` are made: nsfwjs' models, from its npm package, as ONNX."""

"""`image.nsfw`: sexual pictures, by three networks."""

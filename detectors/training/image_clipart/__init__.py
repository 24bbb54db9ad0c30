"""The example of the slot for classifiers: drawings of weapons, from clip art."""

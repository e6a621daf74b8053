"""One training loop for every model, the losses, and the table of recipes."""

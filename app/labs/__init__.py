"""One experiment a file: a frozen request in, a frozen result out; no widgets and no plotting."""

"""Views as a few lines of Python: what 'Copy as code' puts on the clipboard. Each runs as it is, from the repository.

The code of each tab is in snippets_TAB. What a visitor typed goes in through repr: it can only ever be a string.
"""

OPEN = """from app.core.runtime import choose_runtime
from app.store.catalogue import CHECKPOINTS, open_catalogue

runtime = choose_runtime()
catalogue = open_catalogue(CHECKPOINTS, runtime)
"""

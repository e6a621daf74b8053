"""The page: the only package that imports gradio. Tabs turn widgets into requests and figures into widgets."""

import atexit
import inspect
import os
import shutil
import tempfile
from typing import Any

if "GRADIO_TEMP_DIR" not in os.environ:  # read when gradio is imported, so it is set here, before any module of ours
    os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="latent-lab-")
    atexit.register(shutil.rmtree, os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)


def _import_gradio() -> None:
    """Import gradio without the stub files that it writes for each component class, ours included.

    They take more than half of its import, 2.5 s of 4.3 s here, and type checkers would read ours in place of the
    module. gradio leaves a class alone whose file is unknown, so for its classes the file is unknown meanwhile.
    """
    getfile = inspect.getfile

    def getfile_of_others(thing: Any) -> str:
        if type(thing).__name__ == "ComponentMeta":
            raise OSError("no stub file is wanted")
        return getfile(thing)

    inspect.getfile = getfile_of_others  # type: ignore[assignment]
    try:
        from gradio import component_meta
    finally:
        inspect.getfile = getfile
    component_meta.create_or_modify_pyi = lambda *_: None


_import_gradio()

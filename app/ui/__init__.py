"""The page: the only package that imports gradio. Tabs turn widgets into requests and figures into widgets."""

import atexit
import os
import shutil
import tempfile

if "GRADIO_TEMP_DIR" not in os.environ:  # read when gradio is imported, so it is set here, before any module of ours
    os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="latent-lab-")
    atexit.register(shutil.rmtree, os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)

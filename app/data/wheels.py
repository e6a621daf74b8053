"""Files that ship inside the installed packages: no download, and no import of the package either."""

from importlib.util import find_spec
from pathlib import Path

from app.core.errors import BadData


def wheel_file(package: str, path: str) -> Path:
    """Return where `path` lies inside an installed top-level package; raises BadData where it is missing."""
    spec = find_spec(package)
    for root in (spec.submodule_search_locations or []) if spec else []:
        if (Path(root) / path).is_file():
            return Path(root) / path
    raise BadData(
        f"The file {path} of the package {package} is missing.",
        hint="Install the packages again: pip install -r requirements.txt.",
    )

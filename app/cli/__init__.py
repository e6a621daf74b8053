"""`python -m app COMMAND`: what the app does, for people, scripts and notebooks.

A user's mistake is one sentence, one hint and exit status 2; anything else that goes wrong keeps its traceback.
"""

import sys
from collections.abc import Sequence

from app.cli.arguments import make_parser
from app.core.errors import LabError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 2 for a user's mistake, 130 when interrupted."""
    arguments = make_parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except LabError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0

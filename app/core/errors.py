"""Errors written for the person at the screen: one sentence that says what is wrong, one hint that says what to do."""


class LabError(Exception):
    """A mistake the user can mend. The command line prints it and exits with status 2; the page shows it as a note.

    Anything that is not a LabError is a bug and keeps its traceback.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"


class UnknownName(LabError):
    """A name that no registry entry, checkpoint or recipe has."""


class UnknownWord(LabError):
    """A caption holds a word outside the closed vocabulary."""


class BadRequest(LabError):
    """A setting is out of range, or two settings do not go together."""


class BadUpload(LabError):
    """The bytes are no picture that we can read."""


class BadData(LabError):
    """A data set cannot be opened: a folder that is missing or empty, or no network for a download."""


class BadCheckpoint(LabError):
    """A checkpoint is missing, damaged, or does not fit its card or its partner."""


class TrainingFailed(LabError):
    """Training produced a loss or gradient that is not finite; the last good state is kept."""

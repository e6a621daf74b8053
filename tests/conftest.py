"""What holds for every test: shapes and types of `app` are checked, the network is sealed, one thread computes."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: tests must not fight for the cores
os.environ.setdefault("MPLBACKEND", "Agg")  # no window

import socket
from collections.abc import Iterator

import pytest
from jaxtyping import install_import_hook

from tests.chromium import find_chromium

# Before the first import of `app`. The tower lets an int pass where a float is annotated, as type checkers do.
install_import_hook("app", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Where two processes run the suite, a file's tests stay together, for what they share is made once a process.

    Those of the page share what is made once a session, and come last, one by one, so that both processes end together.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid if nodeid.startswith("tests/ui/") else nodeid.partition("::")[0]

    return ByFile(config, log)


LOOPBACK = {"localhost", "::1", "0.0.0.0", "::", "", None}


class NetworkSealed(OSError):
    """A test tried to reach another machine. An OSError, so code under test sees a machine without a network."""


def is_local(host: object) -> bool:
    """Whether a host name or address means this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    return name in LOOPBACK or (isinstance(name, str) and name.startswith("127."))


@pytest.fixture(scope="session", autouse=True)
def sealed_network() -> Iterator[None]:
    """Refuse name look-ups and connections to any other machine."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(host: object) -> None:
        if not is_local(host):
            raise NetworkSealed(f"the suite has no network, and this test wanted {host!r}")

    def guarded(original):
        def method(self, address):
            if self.family in (socket.AF_INET, socket.AF_INET6):
                check(address[0])
            return original(self, address)

        return method

    def guarded_look_up(host, *rest, **options):
        check(host)
        return look_up(host, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser. Without one browser tests are skipped with a reason, but under CI they fail."""
    found = find_chromium()
    if found is None:
        reason = "no Chromium here: install one, or set CHROMIUM to its path"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return found

"""The suite's own walls: shapes are checked, other machines are out of reach, loopback is not."""

import socket

import pytest
import torch
from jaxtyping import TypeCheckError

from app.core.pictures import to_sheet
from app.core.randomness import make_generator, normal
from tests.conftest import is_local


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(TypeCheckError):
        to_sheet(torch.zeros(2, 1, 4, 4), columns=2)


def test_a_wrong_type_is_refused() -> None:
    with pytest.raises(TypeCheckError):
        normal([3], make_generator(0))  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["example.org", "192.0.2.1", "2001:db8::1"])
def test_other_machines_are_out_of_reach(host: str) -> None:
    with pytest.raises(OSError, match="no network"):
        socket.create_connection((host, 80), timeout=1)


def test_a_socket_cannot_reach_other_machines_by_address() -> None:
    with socket.socket() as out, pytest.raises(OSError, match="no network"):
        out.connect(("192.0.2.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as out, pytest.raises(OSError, match="no network"):
        out.connect_ex(("192.0.2.1", 80))


def test_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as out:
        assert is_local(out.getpeername()[0])

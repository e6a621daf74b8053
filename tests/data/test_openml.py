from urllib.error import URLError

import numpy as np
import pytest

from app.core.errors import BadData, UnknownName
from app.data.openml import fetch_from_openml, open_openml


def made_mnist(name):
    assert name == "mnist_784"
    return np.repeat(np.arange(70), 784).reshape(70, 784).astype(np.float64), np.array([str(i % 10) for i in range(70)])


def made_cifar(name):
    planes = np.zeros((6, 3, 32, 32))
    planes[:, 0] = 200  # red
    planes[:, 2, 0] = 90  # blue in the top row
    return planes.reshape(6, -1), np.array(["6", "0", "1", "2", "3", "4"])


def test_mnist_keeps_its_customary_split_and_becomes_three_equal_channels():
    train = open_openml("mnist", "train", 28, made_mnist)
    test = open_openml("mnist", "test", 28, made_mnist)
    assert (train.name, len(train), len(test)) == ("openml:mnist", 60, 10)
    assert test.pictures([0]).min() == test.pictures([0]).max() == 60
    assert train.captions([8, 1]) == ["an eight", "a one"]
    assert train.labels([8, 1]).tolist() == [8, 1]


def test_colour_planes_come_red_green_blue_in_rows():
    first = open_openml("cifar10", "train", 32, made_cifar).pictures([0])[0]
    assert (first[0] == 200).all()
    assert first[1].max() == 0
    assert (first[2, 0] == 90).all()
    assert first[2, 1:].max() == 0
    captions = open_openml("cifar10", "train", 32, made_cifar).captions([0, 1, 2])
    assert captions == ["a frog", "an airplane", "an automobile"]


def test_an_odd_table_and_an_unknown_name_are_sentences():
    with pytest.raises(BadData, match="not as pictures of 28 x 28"):
        open_openml("mnist", "train", 28, lambda name: (np.zeros((5, 7)), np.zeros(5)))
    with pytest.raises(UnknownName, match="Did you mean 'mnist'"):
        open_openml("mnits", "train", 28, made_mnist)


@pytest.mark.parametrize("failure", [URLError("no route"), TimeoutError(), ValueError("not found")])
def test_without_a_network_it_says_so(monkeypatch, failure):
    def fail(*args, **options):
        raise failure

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fail)
    with pytest.raises(BadData, match=r"can't be fetched from openml\.org.*Connect to the internet"):
        fetch_from_openml("mnist_784")


def test_the_real_downloader_meets_the_sealed_network(monkeypatch, tmp_path):
    """No mock: scikit-learn itself fails to reach a host, and its error arrives as our sentence."""
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    with pytest.raises(BadData, match="openml"):
        fetch_from_openml("mnist_784")

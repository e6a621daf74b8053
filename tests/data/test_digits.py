import numpy as np
from sklearn.datasets import load_digits

from app.data.digits import open_digits


def test_the_splits_are_scikit_learns_digits_in_their_order():
    train, test = open_digits("train", 8), open_digits("test", 8)
    grey = np.concatenate([each.pictures(range(len(each)))[:, 1] for each in (train, test)])
    labels = np.concatenate([each.labels(range(len(each))) for each in (train, test)])
    expected = load_digits()
    assert len(train) == 1437
    assert np.array_equal(labels, expected.target)
    assert np.abs(grey / 255 * 16 - expected.images).max() < 1 / 16


def test_captions_name_the_digit():
    digits = open_digits("test", 16)
    found = dict(zip(digits.labels(range(100)).tolist(), digits.captions(range(100)), strict=True))
    assert found[3] == "a three"
    assert found[8] == "an eight"
    assert found[1] == "a one"


def test_enlarging_keeps_the_mean_brightness():
    small, large = open_digits("test", 8), open_digits("test", 32)
    means = [each.pictures(range(50)).mean(axis=(1, 2, 3)) for each in (small, large)]
    assert large.pictures([0]).shape == (1, 3, 32, 32)
    assert np.abs(means[0] - means[1]).max() < 6  # bicubic overshoot is clipped at black and white

import numpy as np

from app.data.hashing import uniforms


def test_splitmix64_agrees_with_its_published_first_outputs(monkeypatch):
    """Seed 1234567 gives 6457827717110365317, 3203168211198807973, ...: the reference outputs of splitmix64.c."""
    monkeypatch.setattr("app.data.hashing.seed_of", lambda *key: 1234567)
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    numbers = uniforms(("any",), np.array([0]), draws=3)[0]
    assert numbers.tolist() == [(value >> 11) * 2.0**-53 for value in expected]


def test_numbers_do_not_depend_on_the_batch():
    together = uniforms(("a", 1), np.array([5, 900_000, 7]), draws=4)
    alone = uniforms(("a", 1), np.array([900_000]), draws=4)
    assert np.array_equal(together[1:2], alone)


def test_keys_items_and_draws_are_independent_and_uniform():
    """20,000 draws: mean 1/2 and variance 1/12 within 5 standard errors; correlations within 5 / sqrt(n)."""
    n = 20_000
    a, b = uniforms(("a",), np.arange(n), 2).T
    other = uniforms(("b",), np.arange(n), 2)[:, 0]
    assert abs(a.mean() - 0.5) < 5 / np.sqrt(12 * n)
    assert abs(a.var() - 1 / 12) < 5 / np.sqrt(180 * n)
    for left, right in ((a, b), (a, other), (a[1:], a[:-1])):
        assert abs(np.corrcoef(left, right)[0, 1]) < 5 / np.sqrt(n)

"""The verifier's bounds and radii against exact arithmetic."""

import math
from collections import Counter
from fractions import Fraction
from math import comb
from statistics import NormalDist

import pytest
from mpmath import iv, mp

from smoothcert.verify import check_row, down, looks, lower_bound, proved, quantile

HEADER = {"alpha": 0.001, "bound": "one-sided", "interval": "clopper-pearson", "sigma": 0.5, "noiseDistance": 0.0}


def exact_tail(p, k, n):
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


def fraction(end):
    sign, mantissa, exponent, _ = mp.mpf(end)._mpf_
    return Fraction((-1) ** sign * int(mantissa)) * Fraction(2) ** exponent


@pytest.mark.parametrize(("k", "n"), [(1, 1), (1, 40), (20, 40), (39, 40), (40, 40), (90, 150), (149, 150)])
@pytest.mark.parametrize("level", [0.5, 0.001, 1e-9])
def test_the_bound_s_interval_holds_the_exact_root(k, n, level):
    bound = lower_bound(k, n, mp.mpf(level))
    below, above = fraction(bound.a), fraction(bound.b)
    assert exact_tail(below, k, n) <= Fraction(level) <= exact_tail(above, k, n)
    assert 0 < above - below < Fraction(1, 2**80)


def test_no_vote_has_the_bound_0():
    assert lower_bound(0, 100, mp.mpf(0.001)) == 0


@pytest.mark.parametrize("p", [1e-6, 0.1, 0.4999, 0.5, 0.5001, 0.9, 0.999999])
def test_quantiles_are_those_of_the_standard_library(p):
    found = quantile(iv.mpf(p))
    assert float(mp.mpf(found.a)) == pytest.approx(NormalDist().inv_cdf(p), rel=1e-12, abs=1e-15)
    assert found.a <= found.b and found.b - found.a < 2.0**-60


def test_what_is_rounded_down_is_the_largest_double_below():
    third = iv.mpf(1) / 3
    assert down(third) <= mp.mpf(third.a) < mp.mpf(down(third)) + mp.mpf(2) ** -53
    assert (down(iv.mpf(0.25)), down(-iv.mpf(1) / 3)) == (0.25, -0.33333333333333337)


# alpha/2 for one class's two sides of two classes at once, as docs/soundness.md has it: the fewer bounds, the larger.
def test_radii_fall_with_the_number_of_bounds_that_a_certificate_relies_on():
    row = {"n": 1000, "selected": 0, "counts": {0: 990, 1: 10, 2: 0}}
    headers = [HEADER | {"n": 1000, "n0": n0, "bound": bound} for n0, bound in [(100, "one-sided"), (0, "one-sided")]]
    radii = [proved(row, header, 3)[2] for header in headers]
    pA = NormalDist().cdf(radii[0] / 0.5)
    assert radii[0] > radii[1] > 0
    assert exact_tail(Fraction(pA), 990, 1000) == pytest.approx(0.001, rel=1e-6)
    two_sided = [proved(row, HEADER | {"n": 1000, "n0": n0, "bound": "multi-class"}, 3)[2] for n0 in (100, 0)]
    assert two_sided[0] > two_sided[1] > 0


def test_what_the_looks_of_a_stopped_run_spend_is_at_most_alpha():
    assert looks(100_000)[:3] == [100_000, 83_333, 69_444]
    assert len(looks(100_000)) == 48 and looks(100_000)[-1] >= 16
    header = HEADER | {"n": 1000, "n0": 100, "interval": "union", "alpha": 0.5}
    spent = Fraction(0)
    for n in looks(1000):
        pA = proved({"n": n, "selected": 0, "counts": {0: n}}, header, 2)[0]
        spent += fraction(pA.b) ** n  # the level: P[Bin(n, p) >= n] = p^n
    assert 0 <= Fraction(1, 2) - spent < Fraction(1, 10**12)


def logged(**changes):
    header = HEADER | {"n": 1000, "n0": 100, "data": {"classes": ["0", "1", "2"]}}
    row = {"idx": 0, "selected": 1, "counts0": Counter({1: 100}), "counts": Counter({1: 960, 0: 40}), "n": 1000}
    pA, _, radius = proved(row, header, 3)
    row |= {"label": 1, "predict": 1, "correct": 1, "nA": 960, "pALower": down(pA), "radius": radius, "pBUpper": None}
    return row | changes, header, 1


def test_a_row_as_it_should_be_passes():
    assert check_row(*logged()) == 0
    assert 0 < check_row(*logged(radius=math.nextafter(logged()[0]["radius"], 0))) < 1e-12


@pytest.mark.parametrize(
    "change",
    [
        {"radius": math.nextafter(logged()[0]["radius"], 1)},
        {"radius": logged()[0]["radius"] - 1e-6},
        {"pALower": math.nextafter(logged()[0]["pALower"], 1)},
        {"nA": 961},
        {"counts": Counter({1: 960, 0: 39})},
        {"counts": Counter({1: 960, 3: 40})},
        {"counts0": Counter({1: 99})},
        {"n": 999},
        {"predict": 0},
        {"predict": -1, "correct": 0, "radius": 0.0},
        {"label": 0},
        {"correct": 0},
    ],
)
def test_a_row_with_one_thing_wrong_is_refused(change):
    with pytest.raises(ValueError):
        check_row(*logged(**change))

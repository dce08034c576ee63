"""Laws of the verifier's noise."""

import math
import random

import numpy as np
import pytest

from smoothcert.verify import ESTIMATION, GridNoise, philox

PI = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0)
SIGMAS = [0.05, 0.25, 0.5, 1.0]


# Random123's known answers for philox4x32-10 (kat_vectors of DEShawResearch/random123).
@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((2**32 - 1,) * 4, (2**32 - 1,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (PI[:4], PI[4:], "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_philox_gives_the_known_answers(counter, key, words):
    found = philox(key[0] + (key[1] << 32), *counter)
    assert " ".join(f"{int(word):08x}" for word in found) == words


@pytest.mark.parametrize("sigma", SIGMAS)
def test_thresholds_are_the_normal_law_of_the_grid(sigma):
    law = GridNoise(sigma)
    exact = [math.erfc(-(2 * j + 1) / (510 * sigma * math.sqrt(2))) / 2 for j in range(-law.reach, law.reach)]
    assert law.thresholds.astype(float) / 2**64 == pytest.approx(exact, rel=1e-12, abs=2**-60)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_the_first_16_bits_decide_as_all_64_do(sigma):
    law = GridNoise(sigma)
    uniform = np.array([random.getrandbits(64) for _ in range(20_000)], np.uint64)
    cells, levels = uniform >> np.uint64(48), law.level(uniform)
    decided = ~law.undecided[cells]
    assert decided.mean() > 0.97
    assert (law.least[cells][decided] == levels[decided]).all()
    assert (law.least[cells] <= levels).all()


def test_a_copy_depends_on_its_own_sample_alone():
    law, image = GridNoise(0.5), np.arange(37, dtype=np.uint8) * 7
    together = law.copies(image, 2**53 - 1, ESTIMATION, 12, np.arange(9))
    backwards = law.copies(image, 2**53 - 1, ESTIMATION, 12, np.arange(9)[::-1])
    assert (together == backwards[::-1]).all()
    longer = law.copies(np.append(image, image), 2**53 - 1, ESTIMATION, 12, np.arange(9))
    assert (together == longer[:, :37]).all()
    assert len(np.unique(together, axis=0)) == 9


def test_copies_have_the_law_s_deviation():
    copies = GridNoise(0.5).copies(np.full(1000, 128, np.uint8), 0, ESTIMATION, 0, np.arange(200))
    # 200,000 draws under a fixed seed; 6 standard errors, of the deviation and of the mean.
    assert copies.std() == pytest.approx(math.hypot(0.5, 1 / 255 / math.sqrt(12)), abs=6 * 0.5 / math.sqrt(400_000))
    assert copies.mean() == pytest.approx(128 / 255, abs=6 * 0.5 / math.sqrt(200_000))

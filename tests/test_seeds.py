import numpy as np
import torch

from fairtab import seeds


def test_stages_derive_different_seeds_from_one():
    derived = [
        seeds.derive(s, *names) for s in (0, 1) for names in (("fit",), ("sample",), ("sample", 0), ("sample", 1))
    ]
    assert len(set(derived)) == len(derived)
    assert all(0 <= seed < 2**31 for seed in derived)
    assert seeds.derive(0, "fit") == seeds.derive(0, "fit")


def test_the_callers_random_stream_is_left_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)[1]
    torch.manual_seed(3)
    torch.rand(1)
    with seeds.torch_seeded(0, "fit"):
        inside = torch.rand(1)
    assert torch.rand(1) == expected
    with seeds.torch_seeded(0, "fit"):
        assert torch.rand(1) == inside


def test_libraries_are_seeded_inside_the_block_and_undisturbed_outside():
    np.random.seed(7)
    torch.manual_seed(7)
    expected = np.random.rand(), torch.rand(1)
    np.random.seed(7)
    torch.manual_seed(7)
    with seeds.libraries_seeded(0, "fit"):
        inside = np.random.rand(), torch.rand(1)
    assert (np.random.rand(), torch.rand(1)) == expected
    with seeds.libraries_seeded(0, "fit"):
        assert (np.random.rand(), torch.rand(1)) == inside


def test_a_generator_without_a_seed_has_a_whole_state_of_entropy(monkeypatch):
    words = np.random.default_rng(0).integers(2**32, size=seeds.MERSENNE_WORDS, dtype=np.uint32)
    monkeypatch.setattr("os.urandom", lambda n: words.tobytes()[:n])
    twister = np.random.MT19937()
    twister.state = {"bit_generator": "MT19937", "state": {"key": words, "pos": len(words)}}
    raw = twister.random_raw(2000)[1::2]  # of 64 bits, torch takes the low ones from every second number
    used = torch.Generator().manual_seed(3)
    torch.randn(17, generator=used)
    for generator in (torch.Generator(), used):
        drawn = torch.randint(2**31, (1000,), generator=seeds.unpredictable(generator))
        assert drawn.tolist() == (raw % 2**31).tolist()

"""What a budget allows, and what each look at the rows costs."""

import math

import pytest
from opacus.accountants import RDPAccountant
from scipy.stats import norm

from fairtab.errors import InputError
from fairtab.privacy.ledger import FOR_RENYI, ORDERS, Budget, Entry, Ledger, Overdrawn


def exact_delta(noise: float, epsilon: float) -> float:
    """The delta of one Gaussian mechanism of sensitivity 1 (Balle and Wang 2018, Theorem 8)."""
    return norm.cdf(0.5 / noise - epsilon * noise) - math.exp(epsilon) * norm.cdf(-0.5 / noise - epsilon * noise)


@pytest.mark.parametrize("noise", [0.7, 2.0, 10.0])
def test_what_is_charged_for_a_histogram_is_no_less_than_the_exact_cost_and_close_to_it(noise):
    ledger = Ledger(Budget(100.0))
    ledger.charge(Entry("histogram", noise))
    delta = FOR_RENYI * 1e-5
    assert exact_delta(noise, ledger.epsilon) <= delta
    assert exact_delta(noise, 0.8 * ledger.epsilon) > delta


def test_entries_cost_together_what_opacus_says_and_less_than_their_sum():
    entries = [Entry("a", 8.0), Entry("b", 8.0), Entry("gradients", 1.5, 0.05, 200)]
    ledger = Ledger(Budget(20.0))
    for entry in entries:
        ledger.charge(entry)
    opacus = RDPAccountant()
    opacus.history = [(entry.noise_multiplier, entry.sample_rate, entry.steps) for entry in entries]
    assert ledger.epsilon == pytest.approx(opacus.get_epsilon(0.9 * 1e-5, alphas=list(ORDERS)))
    assert ledger.epsilon < sum(entry["epsilon_alone"] for entry in ledger.to_dict()["entries"])


def test_the_whole_budget_can_be_spent_and_no_more():
    ledger = Ledger(Budget(3.0))
    ledger.charge(Entry("histogram", ledger.noise_for(sample_rate=1.0, steps=1, share=0.3)))
    assert ledger.epsilon == pytest.approx(0.9, rel=0.01)
    ledger.charge(Entry("gradients", ledger.noise_for(sample_rate=0.1, steps=50), 0.1, 50))
    assert 2.98 < ledger.epsilon <= 3.0
    before = list(ledger.entries)
    with pytest.raises(Overdrawn, match=r"a second look would bring epsilon to .*, and the budget is 3"):
        ledger.charge(Entry("a second look", 5.0))
    assert ledger.entries == before


def test_delta_can_be_overdrawn_too():
    ledger = Ledger(Budget(3.0, 1e-5))
    ledger.charge(Entry("values", 100.0, delta=0.9e-6))
    with pytest.raises(Overdrawn, match="delta 1e-05"):
        ledger.charge(Entry("more values", 100.0, delta=0.9e-6))


@pytest.mark.parametrize("wrong", [{"epsilon": 0}, {"epsilon": math.nan}, {"epsilon": "3"}, {"epsilon": 1, "delta": 1}])
def test_what_is_no_budget_is_refused(wrong):
    with pytest.raises(InputError, match="privacy"):
        Budget(**wrong)


@pytest.mark.parametrize("wrong", [{"noise_multiplier": 0.0}, {"sample_rate": 1.5}, {"steps": -4}, {"delta": -1e-6}])
def test_what_is_no_mechanism_has_no_entry(wrong):
    with pytest.raises(InputError, match="privacy: gradients: expected noise"):
        Entry(**{"name": "gradients", "noise_multiplier": 3.0, **wrong})


def test_a_ledger_reads_what_it_wrote():
    ledger = Ledger(Budget(3.0))
    ledger.charge(Entry("values", 20.0, delta=1e-7))
    again = Ledger.from_dict(ledger.to_dict())
    assert again == ledger
    assert again.to_dict() == ledger.to_dict()

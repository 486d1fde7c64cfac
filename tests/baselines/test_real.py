import pandas as pd
import pytest

from baselines.real import Real
from fairtab import InputError, Joint


def test_real_is_the_training_table(toy):
    method = Real().fit(toy.train, toy.validation, seed=0)
    pd.testing.assert_frame_equal(method.sample(200, seed=0).frame, toy.train.frame)
    assert method.sample(50, seed=0).frame.value_counts().max() == 1
    with pytest.raises(InputError, match="cannot be steered"):
        method.sample(200, seed=0, joint=Joint.from_table(toy.train))

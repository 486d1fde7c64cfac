import itertools
import json
import logging
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoModelForCausalLM, GPT2Config, PreTrainedTokenizerFast

from baselines.great import GReaT
from baselines.great.language import new_model
from baselines.great.network import RowModel
from baselines.great.text import COMMA, END, RowText, written
from baselines.great.tokens import NOTHING, Sentences, train_tokenizer
from fairtab import InputError, Joint, Schema, Table
from fairtab.column import Column
from fairtab.neural.batches import TrainingData
from tests.conftest import TOY_SCHEMA, toy_frame

TINY = {
    "width": 32,
    "n_layers": 2,
    "epochs": 25,
    "min_steps": 1,
    "batch_size": 16,
    "learning_rate": 1e-2,
    "max_tries": 500,
}


@pytest.fixture(scope="module")
def model(toy):
    return GReaT(**TINY).fit(toy.train, toy.validation, seed=0)


def columns(frame: pd.DataFrame) -> list[Column]:
    return [Column.from_series(frame[name]) for name in frame]


@pytest.fixture
def people():
    """Ages 20, 30.5 and missing; jobs; answers."""
    frame = pd.DataFrame({"age": [20, 30.5, np.nan], "job": ["nurse", "clerk", "nurse"], "paid": [True, False, True]})
    return RowText(columns(frame), ["age"])


# Rows as text


def test_a_row_reads_as_the_paper_writes_it(people):
    assert people.sentences == [
        "age is %missing",
        "age is 20",
        "age is 30.5",
        "job is clerk",
        "job is nurse",
        "paid is False",
        "paid is True",
    ]


def test_columns_may_come_in_any_order(people):
    for order in itertools.permutations(["age is 20", "job is nurse", "paid is True"]):
        assert people.read(", ".join(order)) == [1, 1, 1]
    assert people.read("paid is False, age is %missing, job is clerk") == [0, 0, 0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age is 20, job is nurse",  # a column is left out
        "age is 20, job is nurse, paid is True, job is nurse",  # or comes twice
        "age is 20, job is nurse, paid is True, ",
        "age is 20, job is nurse, town is Rome, paid is True",
        "age is 20, job is nur, paid is True",  # a value that training does not have
        "age is 20, job is %missing, paid is True",
        "age is 19, job is nurse, paid is True",  # a number outside its range
        "age is 31, job is nurse, paid is True",
        "age is nan, job is nurse, paid is True",
        "age is old, job is nurse, paid is True",
        "age 20, job is nurse, paid is True",
    ],
)
def test_a_malformed_text_says_no_row(people, text):
    assert people.read(text) is None


def test_a_new_number_becomes_the_next_larger_one_of_training(people):
    for number, code in {"20.0": 1, "2e1": 1, "20.1": 2, "30.49": 2}.items():
        assert people.read(f"age is {number}, job is nurse, paid is True") == [code, 1, 1]


NASTY = [
    "",
    " ",
    ",",
    ", ",
    "is",
    " is ",
    "a, b",
    "a is b",
    "a,",
    "this is",
    "is a",
    "%",
    "%missing",
    "%2C",
    "a%20is b",
    END,
    f"a{END}b",
]


def test_names_and_values_that_look_like_separators_come_back():
    """Every value beside every other, under every name."""
    rows = RowText([Column.from_series(pd.Series([*NASTY, None], name=name)) for name in NASTY], ())
    assert len({written(value) for value in NASTY}) == len(NASTY)
    sentences = np.array(rows.sentences).reshape(len(NASTY), -1)
    rng = np.random.default_rng(0)
    for _ in range(200):
        codes, order = rng.integers(sentences.shape[1], size=len(NASTY)), rng.permutation(len(NASTY))
        text = COMMA.join(sentences[i, codes[i]] for i in order)
        assert rows.read(text) == codes.tolist()


def test_no_name_and_no_value_ends_a_text():
    rows = RowText([Column.from_series(pd.Series(NASTY, name=name)) for name in NASTY], ())
    tokenizer = train_tokenizer(rows.sentences, [1] * len(rows.sentences), 500)
    assert all(tokenizer.token_to_id(END) not in tokenizer.encode(sentence).ids for sentence in rows.sentences)


# Text as tokens


def test_frequent_sentences_are_tokens_and_numbers_split_into_thousands():
    sentences = ["weight is 1234567", "weight is 234567", "job is nurse"]
    tokenizer = train_tokenizer(sentences, [5, 5, 5], 500)
    assert tokenizer.encode("job is nurse, job is nurse, weight is 1234567").tokens == [
        "job is nurse",
        ", job is nurse",
        ", weight is ",
        "1",
        "234",
        "567",
    ]
    assert train_tokenizer(sentences, [5, 5, 5], 500).to_str() == tokenizer.to_str()


def test_the_sentences_of_a_row_are_the_rows_text(model):
    """Joined token ids decode to the text, and are what the tokenizer makes of the whole text."""
    rng = np.random.default_rng(0)
    network, text = model.model, model._row_text()
    codes = torch.tensor([[rng.integers(len(c.values)) for c in model.codec.columns] for _ in range(50)])
    tokens = network.write(codes, torch.rand(codes.shape).argsort(1))
    assert tokens.shape[1] <= network.max_length
    for row, said in zip(tokens.tolist(), codes.tolist(), strict=True):
        length = row.index(network.end)
        assert set(row[length + 1 :]) <= {NOTHING}
        words = model.tokenizer.decode(row[:length])
        assert text.read(words) == said
        assert model.tokenizer.encode(words).ids == row[:length]


# The language model


@pytest.fixture(scope="module")
def small():
    """Two columns with sentences of different lengths, tokens 1..6; 0 ends a text."""
    first = torch.tensor([[1, NOTHING], [1, 2], [3, NOTHING]])
    further = torch.tensor([[4, 1, NOTHING], [4, 1, 2], [4, 3, NOTHING]])
    config = GPT2Config(vocab_size=7, n_positions=8, n_embd=8, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0)
    torch.manual_seed(0)
    sentences = Sentences(first, further, (2, 1))
    return RowModel(new_model(json.loads(config.to_json_string(use_diff=False))), sentences, end=0).eval()


def test_rows_are_written_in_the_order_given(small):
    tokens = small.write(torch.tensor([[0, 0], [1, 0]]), torch.tensor([[0, 1], [1, 0]]))
    assert tokens.tolist() == [[1, 4, 3, 0, NOTHING], [3, 4, 1, 2, 0]]
    assert small.max_length == 3 + 2 + 1


def test_the_loss_is_the_cross_entropy_of_next_tokens(small):
    """As transformers computes it for each row by itself; a new order in each call."""
    x_cat, label = torch.tensor([[0], [1]]), torch.tensor([[0], [0]])
    torch.manual_seed(1)
    tokens = small.write(torch.cat([x_cat, label], 1), torch.rand(2, 2).argsort(1))
    logits = [small.logits(small.body(input_ids=row[row != NOTHING][None]).last_hidden_state[0]) for row in tokens]
    terms = [
        -of_row.log_softmax(-1)[i, row[i + 1]]
        for of_row, row in zip(logits, tokens, strict=True)
        for i in range(len(of_row) - 1)
    ]
    torch.manual_seed(1)
    assert small.loss(torch.empty(2, 0), x_cat, label).item() == pytest.approx(torch.stack(terms).mean().item())
    losses = {round(small.loss(torch.empty(2, 0), x_cat, label).item(), 6) for _ in range(20)}
    assert len(losses) > 1


def test_sampling_goes_on_from_the_prompt_by_what_the_model_says(small):
    """At a low temperature each token is the most likely one after all those before it: the cache forgets nothing."""
    prompt = torch.tensor([[1, 2], [3, NOTHING]])
    texts = small.complete(prompt, temperature=1e-4, generator=torch.Generator().manual_seed(0))
    assert texts[:, 0].tolist() == [1, 3]
    assert texts[0, 1] == 2
    for text, length in zip(texts, (2, 1), strict=True):
        best = small.logits(small.body(input_ids=text[None]).last_hidden_state[0]).argmax(-1)
        end = text.tolist().index(0) if 0 in text else len(text) - 1
        assert text[length : end + 1].tolist() == best[length - 1 : end].tolist()


def test_tokens_are_drawn_with_the_models_probabilities(small):
    p = (small.logits(small.body(input_ids=torch.tensor([[3]])).last_hidden_state[0]) / 0.7).softmax(-1)[0]
    texts = small.complete(torch.full((20000, 1), 3), temperature=0.7, generator=torch.Generator().manual_seed(0))
    drawn = torch.bincount(texts[:, 1], minlength=7) / len(texts)
    assert (drawn - p).abs().max() < 0.02


# The method


def test_labels_are_drawn_from_the_training_tables_own_and_begin_the_texts(model, toy):
    labels = model.sample_conditions(4000, seed=0, joint=None)[:, 0]
    assert labels.float().mean() == pytest.approx(toy.train.y.mean(), abs=0.03)
    texts = model._texts(torch.tensor([0, 1] * 20), torch.Generator().manual_seed(0))
    assert all(text.startswith(f"approved is {y}") for text, y in zip(texts, ["no", "yes"] * 20, strict=True))


def test_malformed_texts_are_counted_and_said_once(model, caplog):
    with caplog.at_level(logging.INFO, logger="fairtab"):
        model.sample(100, seed=0)
    (record,) = [record for record in caplog.records if "malformed" in record.message]
    assert model.n_malformed > 0
    assert record.message == f"GReaT: {model.n_malformed} texts were malformed and drawn again, for 100 rows"


def test_a_model_that_cannot_speak_is_refused_in_one_line(toy):
    model = GReaT(**{**TINY, "epochs": 1, "learning_rate": 1e-6, "max_tries": 3})
    model.fit(toy.train, toy.validation, seed=0)
    with pytest.raises(
        InputError, match="0 of 60 texts say a legal row, and 20 of 20 rows have none after 3 tries"
    ) as e:
        model.sample(20, seed=0)
    assert "\n" not in str(e.value)


def test_a_small_table_is_read_more_often(toy):
    model = GReaT(**{**TINY, "epochs": 2, "min_steps": 50})
    data = TrainingData.encode(model.prepare(toy.train), toy.train, toy.validation, seed=0)
    model.networks = model.build_networks()
    (phase,) = model.phases(data)
    assert phase.epochs == 5  # of 200 // 16 = 12 steps


def test_it_says_what_to_install(toy, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(InputError, match=r"method great needs transformers: pip install 'fairtab\[great\]'"):
        GReaT(**TINY).fit(toy.train, toy.validation, seed=0)


def test_it_cannot_be_steered(model, toy):
    with pytest.raises(InputError, match="cannot be steered"):
        model.sample(10, seed=0, joint=Joint.from_table(toy.train))


def test_heads_share_the_width(toy):
    with pytest.raises(InputError, match="width: expected a multiple of n_heads = 3, got 32"):
        GReaT(width=32, n_heads=3).fit(toy.train, toy.validation, seed=0)


def test_a_number_that_the_schema_keeps_as_a_number_is_text_all_the_same(toy):
    schema = Schema(**{**vars(TOY_SCHEMA), "as_category": {"gain": False}})
    codec = GReaT(**TINY).prepare(Table(toy.train.frame, schema))
    assert codec.numerical == ()
    assert codec.schema == schema


def test_a_saved_model_samples_the_same_rows_and_holds_each_weight_once(model, tmp_path):
    model.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"model.json", "weights.safetensors"}
    loaded = GReaT.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.sample(50, seed=0).frame, model.sample(50, seed=0).frame, check_exact=True)
    width, n_tokens, n_places = 32, model.tokenizer.get_vocab_size(), model.model.max_length
    layer = 4 * width + (width * 3 * width + 3 * width) + (width * width + width) + (8 * width * width + 5 * width)
    assert model.n_parameters == loaded.n_parameters == (n_tokens + n_places) * width + 2 * layer + 2 * width


@pytest.mark.slow
def test_a_fit_learns_what_goes_with_what():
    """A column follows from a number, and a sensitive attribute from the label."""
    base = toy_frame(1000)
    base["age"] = base["age"] // 20
    labels = np.where(base["sex"] == "Male", "yes", "no")
    base = base.assign(job=np.where(base["age"] > 2, "old", "young"), approved=labels)
    table = Table(base, Schema(("age",), ("job",), "approved", "yes", ("sex",)))
    model = GReaT(**{**TINY, "epochs": 6}).fit(table, table, seed=0)
    sample = model.sample(1000, seed=0).frame
    assert ((sample["age"] > 2) == (sample["job"] == "old")).mean() > 0.85
    assert ((sample["sex"] == "Male") == (sample["approved"] == "yes")).mean() > 0.9


# Pretrained models


@pytest.fixture
def pretrained(model, tmp_path):
    """A folder as transformers writes it, with the weights that `model` has learned."""
    language_model = AutoModelForCausalLM.from_config(model.model.body.config)
    language_model.base_model.load_state_dict(model.model.body.state_dict())
    language_model.save_pretrained(tmp_path / "pretrained")
    PreTrainedTokenizerFast(tokenizer_object=model.tokenizer, eos_token=END).save_pretrained(tmp_path / "pretrained")
    return tmp_path / "pretrained"


def test_a_pretrained_model_goes_on_from_its_weights_and_is_not_needed_after_the_fit(pretrained, model, toy, tmp_path):
    settings = {"pretrained": str(pretrained), "epochs": 1, "min_steps": 1, "learning_rate": 0.0, "max_tries": 500}
    tuned = GReaT(**settings).fit(toy.train, toy.validation, seed=0)
    expected = model.sample(50, seed=0).frame
    pd.testing.assert_frame_equal(tuned.sample(50, seed=0).frame, expected)  # nothing was learned
    tuned.save(tmp_path / "fit")
    shutil.rmtree(pretrained)
    pd.testing.assert_frame_equal(GReaT.load(tmp_path / "fit").sample(50, seed=0).frame, expected)


def test_a_pretrained_model_that_is_not_there_is_named(toy, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match=r"pretrained: expected a folder or a name on the hub, got '.*nothing'") as e:
        GReaT(pretrained=str(tmp_path / "nothing")).fit(toy.train, toy.validation, seed=0)
    assert "\n" not in str(e.value)


def test_rows_that_are_longer_than_a_pretrained_model_reads_are_refused(pretrained, toy):
    path = pretrained / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "n_positions": 9}))
    with pytest.raises(InputError, match=r"pretrained: rows have up to \d\d tokens, the model takes 9"):
        GReaT(pretrained=str(pretrained)).fit(toy.train, toy.validation, seed=0)

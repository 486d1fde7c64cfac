"""GReaT: an autoregressive language model of rows as text (Borisov et al., ICLR 2023): `fairtab[great]`."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import torch
from torch import Tensor, nn

from baselines.great.text import RowText
from baselines.shared.labels import draw_labels
from fairtab.codec import Codec
from fairtab.errors import InputError
from fairtab.joint import Joint
from fairtab.neural.batches import Batches, TrainingData
from fairtab.neural.loss_training import loss_phase
from fairtab.neural.synthesizer import NeuralSynthesizer
from fairtab.neural.training import Phase
from fairtab.table import Table

if TYPE_CHECKING:  # transformers is an optional dependency, and its import takes seconds
    from transformers import PreTrainedModel

    from baselines.great.network import RowModel
    from baselines.great.tokens import Sentences

BATCH = 512  # texts that are sampled together: the keys and values of more of them do not fit the processor's cache

log = logging.getLogger("fairtab")


@dataclass(kw_only=True, eq=False)
class GReaT(NeuralSynthesizer):
    """Write rows as text, "age is 39, job is nurse", and train a transformer to predict the next token.

    The columns of a row come in a random order, anew in each epoch (Sec. 3.1). A sampled text begins with the label,
    which is drawn from the training table's p(y) (Sec. 3.2, name-value preconditioning). The text is read back. If it
    says no legal row, it is malformed, and is drawn again with the same label.

    Parameters
    ----------
    pretrained
        A folder, or a name on the Hugging Face hub, with a pretrained language model such as distilgpt2. It is
        fine-tuned, with its own tokenizer. If it is None, a GPT-2 of the next four sizes is trained from scratch.
    width, n_layers, n_heads
        Of the transformer.
    vocabulary
        The largest number of tokens. Each character of the table is one in any case.
    epochs
        Passes over the training table.
    min_steps
        Least number of gradient steps. If `epochs` passes make fewer, there are more passes: a language takes its time.
    batch_size
        Rows of a gradient step.
    learning_rate, weight_decay
        Of AdamW.
    ema_decay
        Of the moving average of the weights. Rows are sampled with the averaged weights.
    temperature
        Logits are divided by it in sampling. 1 samples what was learned; a lower one prefers what is frequent.
    max_tries
        How often a row's text is drawn at most.
    trainer, device
        See `NeuralSynthesizer`.

    Attributes
    ----------
    n_malformed : int
        Number of malformed texts in the last sample.
    """

    pretrained: str | None = None
    width: int = 64
    n_layers: int = 3
    n_heads: int = 2
    vocabulary: int = 500
    epochs: int = 20
    min_steps: int = 1500
    batch_size: int = 64
    learning_rate: float = 6e-3
    weight_decay: float = 0.0
    ema_decay: float = 0.999
    temperature: float = 1.0
    max_tries: int = 50

    steerable = False

    @property
    def model(self) -> RowModel:
        return cast("RowModel", self.networks["model"])

    def prepare(self, train: Table) -> Codec:
        """Fit the codec, and choose the tokenizer and the architecture.

        Raises InputError if transformers is not installed, or if the pretrained model is not there or cannot be used.
        """
        _check_installed()
        from baselines.great import language
        from baselines.great.tokens import train_tokenizer

        # numbers are categories here: the text of a value is all that the model sees
        as_category = dict.fromkeys(train.schema.numerical, True)
        table = Table(train.frame, dataclasses.replace(train.schema, as_category=as_category))
        codec = Codec.fit(table, conditions=[train.schema.target], max_codes=len(train))
        self.codec = dataclasses.replace(codec, schema=train.schema)
        if self.pretrained is None:
            counts = [int(n) for column in self.codec.columns for n in column.counts]
            self.tokenizer = train_tokenizer(self._row_text().sentences, counts, self.vocabulary)
            config = language.gpt2(
                self.tokenizer,
                max_length=self._sentences().max_length,
                width=self.width,
                n_layers=self.n_layers,
                n_heads=self.n_heads,
            )
        else:
            self.tokenizer, config = language.pretrained_tokenizer(self.pretrained)
            needed, given = self._sentences().max_length, config.max_position_embeddings
            if needed > given:
                raise InputError(f"{self.pretrained}: rows have up to {needed} tokens, the model takes {given}")
        self.architecture = json.loads(config.to_json_string(use_diff=False))
        return self.codec

    def build_networks(self) -> dict[str, nn.Module]:
        from baselines.great.language import new_model

        return {"model": self._row_model(new_model(self.architecture))}

    def phases(self, data: TrainingData) -> Iterator[Phase]:
        if self.pretrained is not None:
            from baselines.great.language import pretrained_model

            self.networks["model"] = self._row_model(pretrained_model(self.pretrained))
        # in the usual validation batches, logits would need gigabytes
        small = Batches(data.codec, data.validation.encoded, self.batch_size, seed=data.seed, training=False)
        yield loss_phase(self.model, self, dataclasses.replace(data, validation=small), min_steps=self.min_steps)

    def sample(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None = None) -> Table:
        """Sample as `Synthesizer.sample` says, and log how many texts were malformed.

        Raises InputError if a row has no legal text after `max_tries`.
        """
        self.n_malformed = 0
        table = super().sample(n, seed=seed, joint=joint)
        log.info("GReaT: %d texts were malformed and drawn again, for %d rows", self.n_malformed, n)
        return table

    def sample_conditions(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Tensor:
        """Codes of labels drawn from p(y), with which the texts begin. int64 [n, 1]"""
        return draw_labels(self.codec, n, seed=seed)

    @torch.inference_mode()
    def sample_rows(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        n, row_text = len(condition), self._row_text()
        rows, missing, n_drawn = torch.empty((n, len(self.codec.columns)), dtype=torch.long), torch.arange(n), 0
        for _ in range(self.max_tries):
            texts = [text for some in missing.split(BATCH) for text in self._texts(condition[some, 0], generator)]
            read = [row_text.read(text) for text in texts]
            legal = torch.tensor([row is not None for row in read])
            rows[missing[legal]] = torch.tensor([row for row in read if row], dtype=torch.long).view(-1, rows.shape[1])
            missing, n_drawn = missing[~legal], n_drawn + len(texts)
            if not len(missing):
                self.n_malformed += n_drawn - n
                return torch.empty((n, 0)), rows[:, :-1]
        n_legal = n - len(missing)
        raise InputError(
            f"GReaT: {n_legal} of {n_drawn} texts say a legal row, and {len(missing)} of {n} rows have none after"
            f" {self.max_tries} tries: train for more epochs, or allow more max_tries"
        )

    def state(self) -> dict[str, Any]:
        return {**super().state(), "tokenizer": self.tokenizer.to_str(), "architecture": self.architecture}

    def restore(self, state: Mapping[str, Any]) -> None:
        _check_installed()
        from tokenizers import Tokenizer

        super().restore(state)
        self.tokenizer, self.architecture = Tokenizer.from_str(state["tokenizer"]), state["architecture"]

    def _row_text(self) -> RowText:
        return RowText(self.codec.columns, self.codec.schema.numerical)

    def _sentences(self) -> Sentences:
        from baselines.great.tokens import Sentences

        cardinalities = [len(column.values) for column in self.codec.columns]
        return Sentences.tokenize(self.tokenizer, self._row_text().sentences, cardinalities)

    def _row_model(self, language_model: PreTrainedModel) -> RowModel:
        from baselines.great.network import RowModel

        return RowModel(language_model, self._sentences(), end=self.architecture["eos_token_id"])

    def _texts(self, label: Tensor, generator: torch.Generator) -> list[str]:
        """Sample a text for each label. A text ends before the first end token."""
        model = self.model
        prompt = model.first[label + model.starts[-1]]  # the label is the last column
        rows = model.complete(prompt, temperature=self.temperature, generator=generator).tolist()
        return self.tokenizer.decode_batch([row[: (*row, model.end).index(model.end)] for row in rows])


def _check_installed() -> None:
    try:
        import transformers  # noqa: F401
    except ImportError as error:
        raise InputError(f"method great needs transformers: pip install 'fairtab[great]' ({error})") from error

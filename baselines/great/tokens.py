"""Sentences as token ids, and the tokenizer that is trained on the rows themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Self

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor

from baselines.great.text import COMMA, END

# A number splits into groups of three digits, counted from its right end: 1234567 is 1, 234, 567.
DIGITS = r"\d{1,3}(?=(\d{3})*(?!\d))"
NOTHING = -1  # fills the places after a text's last token


def train_tokenizer(sentences: Sequence[str], counts: Iterable[int], vocabulary: int) -> Tokenizer:
    """Train byte-pair encoding (Sennrich et al. 2016) on the sentences of a table.

    A sentence with the separator before it is a word, but each group of digits is a word of its own. A frequent word
    becomes a single token: ", job is nurse" as a whole, or ", age is " before "39". So a row has few tokens.

    Parameters
    ----------
    sentences, counts
        The different sentences, and how many rows have each.
    vocabulary
        The largest number of tokens. Each character is one in any case.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(COMMA, "merged_with_next"),
            pre_tokenizers.Split(Regex(DIGITS), "isolated"),
        ]
    )
    tokenizer.decoder = decoders.Fuse()  # without it, decoded tokens have spaces between them
    texts = (
        text
        for sentence, n in zip(sentences, counts, strict=True)
        for start in ("", COMMA)  # any sentence can be the first of a text
        for text in repeat(start + sentence, n)
    )
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=[END], show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


@dataclass(frozen=True, eq=False)
class Sentences:
    """The token ids of all sentences of a table. Those of a row, one after the other, are the row's text.

    Parameters
    ----------
    first, further
        Each sentence as it begins a text, and as it follows another one. int64 [K, L], filled with `NOTHING`
    cardinalities
        Number of sentences of each column.
    """

    first: Tensor
    further: Tensor
    cardinalities: Sequence[int]

    @classmethod
    def tokenize(cls, tokenizer: Tokenizer, sentences: Sequence[str], cardinalities: Sequence[int]) -> Self:
        """Tokenize each sentence by itself."""

        def ids(texts: list[str]) -> Tensor:
            encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
            rows = [torch.tensor(encoding.ids, dtype=torch.long) for encoding in encodings]
            return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=NOTHING)

        return cls(ids(list(sentences)), ids([COMMA + sentence for sentence in sentences]), cardinalities)

    @property
    def max_length(self) -> int:
        """Tokens of the longest row, with the one that ends it."""
        lengths = (self.further != NOTHING).sum(1).split(list(self.cardinalities))
        return sum(int(length.max()) for length in lengths) + 1

"""The language model of GReaT: its loss on rows whose columns are in random order, and the sampling of texts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import DynamicCache, PreTrainedModel

from baselines.great.tokens import NOTHING, Sentences
from fairtab.diffusion import multinomial


class RowModel(nn.Module):
    """A causal language model p(next token | tokens before it) of rows as text.

    Parameters
    ----------
    language_model
        A causal language model of `transformers`.
    sentences
        What rows consist of.
    end
        The token after a row's last one.
    """

    body: Any
    first: Tensor
    further: Tensor
    starts: Tensor

    def __init__(self, language_model: PreTrainedModel, sentences: Sentences, *, end: int) -> None:
        super().__init__()
        model: Any = language_model  # not all of its methods are annotated
        self.body, head = model.base_model, model.get_output_embeddings()
        # a head that shares the embedding's weight is no module of its own: safetensors saves no weight twice
        self.head = None if head.weight is self.body.get_input_embeddings().weight else head
        self.end, self.max_length = end, sentences.max_length
        sizes = torch.tensor(sentences.cardinalities)
        self.register_buffer("starts", sizes.cumsum(0) - sizes, persistent=False)
        self.register_buffer("first", sentences.first, persistent=False)
        self.register_buffer("further", sentences.further, persistent=False)

    def loss(self, x_num: Tensor, x_cat: Tensor, condition: Tensor) -> Tensor:
        """Cross-entropy of each next token. Every row has its columns in a random order, anew in each call. []"""
        codes = torch.cat([x_cat, condition], dim=1)
        order = torch.rand(codes.shape, device=codes.device).argsort(1)
        tokens = self.write(codes, order)
        h = self.body(input_ids=tokens[:, :-1].clamp(min=0)).last_hidden_state  # [B, L - 1, width]
        following = tokens[:, 1:]
        told = following != NOTHING
        return F.cross_entropy(self.logits(h[told]), following[told])

    def write(self, codes: Tensor, order: Tensor) -> Tensor:
        """Write rows as tokens, with their columns in the given order and an end.

        Parameters
        ----------
        codes, order
            int64 [B, d]

        Returns
        -------
        Tensor
            int64 [B, L], filled with `NOTHING`
        """
        sentences = (codes + self.starts).gather(1, order)
        pieces = [self.first[sentences[:, 0]], self.further[sentences[:, 1:]].flatten(1)]
        tokens = F.pad(torch.cat(pieces, dim=1), (0, 1), value=self.end)
        told = tokens != NOTHING
        left = told.long().argsort(dim=1, descending=True, stable=True)  # moves all tokens of a text to its beginning
        return tokens.gather(1, left)[:, : int(told.sum(1).max())]

    def logits(self, h: Tensor) -> Tensor:
        """Logits of the next token, from hidden states [N, width]. [N, V]"""
        return F.linear(h, self.body.get_input_embeddings().weight) if self.head is None else self.head(h)

    def complete(self, prompt: Tensor, *, temperature: float, generator: torch.Generator) -> Tensor:
        """Sample texts that begin with prompts.

        Parameters
        ----------
        prompt
            Token ids, int64 [B, L], filled with `NOTHING`.
        temperature
            Logits are divided by it.
        generator
            The source of random numbers.

        Returns
        -------
        Tensor
            int64 [B, max_length]. After its last token, a text is filled with ends.
        """
        prompt = F.pad(prompt, (0, self.max_length - prompt.shape[1]), value=NOTHING)
        texts = torch.full_like(prompt, self.end)
        token, cache = prompt[:, 0], DynamicCache(config=self.body.config)
        ended = torch.zeros_like(token, dtype=torch.bool)
        for i in range(self.max_length):
            if i > 0:
                h = self.body(input_ids=token.unsqueeze(1), cache=cache, use_cache=True).last_hidden_state
                drawn = multinomial.draw((self.logits(h[:, -1]) / temperature).softmax(-1), generator)
                token = torch.where(prompt[:, i] == NOTHING, drawn, prompt[:, i])
            texts[:, i] = token.masked_fill(ended, self.end)
            ended |= token == self.end
            if ended.all():
                break
        return texts

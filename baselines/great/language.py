"""Language models of `transformers`: a small new one, or a pretrained one from a folder or the hub."""

from __future__ import annotations

import math
from typing import Any

from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GPT2Config, PreTrainedConfig, PreTrainedModel

from baselines.great.text import END
from fairtab.errors import InputError, check_setting, first_line


def gpt2(tokenizer: Tokenizer, *, max_length: int, width: int, n_layers: int, n_heads: int) -> PreTrainedConfig:
    """The architecture of a GPT-2 (Radford et al. 2019) of any size, without dropout."""
    end = tokenizer.token_to_id(END)
    check_setting("width", width, width % n_heads == 0, f"a multiple of n_heads = {n_heads}")
    return GPT2Config(
        vocab_size=tokenizer.get_vocab_size(),
        n_positions=max_length,
        n_embd=width,
        n_layer=n_layers,
        n_head=n_heads,
        activation_function="gelu_pytorch_tanh",  # the same function as GPT-2's own, but a single kernel
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        initializer_range=0.02 * math.sqrt(768 / width),  # GPT-2's own at its width; a narrow one needs larger weights
        bos_token_id=end,
        eos_token_id=end,
    )


def pretrained_tokenizer(name: str) -> tuple[Tokenizer, PreTrainedConfig]:
    """The tokenizer and the architecture of a pretrained model, whose `eos_token_id` is the tokenizer's own."""
    tokenizer, config = _obtain(AutoTokenizer, name), _obtain(AutoConfig, name)
    if tokenizer.eos_token_id is None:
        raise InputError(f"{name}: expected a tokenizer with a token for the end of a text")
    config.eos_token_id = tokenizer.eos_token_id
    return tokenizer.backend_tokenizer, config


def pretrained_model(name: str) -> PreTrainedModel:
    """A pretrained model in single precision, with its dropout. Its weights are never read from a pickle."""
    return _obtain(AutoModelForCausalLM, name, use_safetensors=True, dtype="float32").train()


def new_model(config: dict[str, Any]) -> PreTrainedModel:
    """A model with random weights, of an architecture as JSON has it."""
    auto: Any = AutoModelForCausalLM
    return auto.from_config(AutoConfig.for_model(**config), attn_implementation="sdpa")


def _obtain(kind: Any, name: str, **options: Any) -> Any:
    try:
        return kind.from_pretrained(name, **options)
    except (OSError, ValueError) as error:
        said = first_line(error)
        raise InputError(f"pretrained: expected a folder or a name on the hub, got {name!r} ({said})") from error

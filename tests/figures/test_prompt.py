"""What the Prompt lab shows: marks, guesses, curves, heat in bytes; each against the result it is drawn from."""

import base64
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from app.evaluation.rates import wilson
from app.figures.prompt import (
    PAIR_GUESSES,
    first_right,
    pair_chart,
    pair_facts,
    pair_film,
    sweep_chart,
    sweep_facts,
    sweep_strips,
    unmarked,
)
from app.figures.prompt_edit import (
    inpaint_facts,
    shipped_chart,
    strength_chart,
    strength_facts,
    strength_strip,
    unseen_chart,
    unseen_facts,
)
from app.figures.prompt_switch import last_followed, order_settled, switch_chart, switch_facts, switch_strips
from app.figures.prompt_words import attention_layers, drop_charts, drop_facts, drop_strip, group_of, lit_pictures
from app.labs.generate import GenerateRequest
from app.labs.prompt import Mark
from app.labs.prompt_attention import AttentionResult, on_one_grid
from app.labs.prompt_edit import InpaintRequest, InpaintResult, StrengthRequest, StrengthResult, block
from app.labs.prompt_pair import PairRequest, PairResult
from app.labs.prompt_sweep import SweepRequest, SweepResult
from app.labs.prompt_switch import SwitchRequest, SwitchResult
from app.labs.prompt_unseen import Arm, UnseenRequest, UnseenResult
from app.labs.prompt_words import WordDropResult

ASK = GenerateRequest("a red star", steps=4)
GOOD, BAD = Mark("colour", "red", "red"), Mark("kind", "star", "cup")
PICTURES = torch.linspace(-1, 1, 3 * 64).reshape(3, 1, 64).expand(3, 64, 64)


def swept(marks, pictures=1):
    request = SweepRequest(ASK, (1.0, 4.0), pictures)
    shown = PICTURES.expand(2, pictures, 3, 64, 64)
    return SweepResult(request, shown, marks, (math.nan,) * 2 if pictures == 1 else (0.4, 0.2), (1.0, 1.3))


def test_a_sweep_shows_a_strip_a_seed_with_its_own_marks():
    result = swept((((GOOD,), (BAD,)), ((GOOD,), (GOOD,))), pictures=2)
    first, second = sweep_strips(result)
    assert [graded.marks for graded in first.graded] == [(GOOD,), (GOOD,)]
    assert [graded.marks for graded in second.graded] == [(BAD,), (GOOD,)]
    assert "w = 4" in first.graded[1].tile.title
    chart = sweep_chart(result)
    assert chart.series[0].y == (0.5, 1.0)
    assert chart.series[1].y == (0.5, 1.0)
    assert chart.series[1].low[0] == wilson(1, 2).low
    assert chart.series[2].y == (1.0, 0.5)


def test_weight_zero_is_the_negative_caption_where_there_is_one_and_what_is_without_it_stands_below():
    plain = swept((((GOOD,),), ((GOOD,),)))
    plain = replace(plain, request=replace(plain.request, weights=(0.0, 4.0)))
    [strip] = sweep_strips(plain)
    assert strip.graded[0].tile.title == "w = 0: no caption"
    assert strip.title == "Seed 0"
    assert "only the guidance weight differs" in strip.note
    request = replace(plain.request, ask=replace(ASK, negative="a blue cup"))
    worse = replace(plain, request=request, marks=(((BAD,),), ((BAD,),)))
    both = replace(plain, request=request, without=worse)
    above, below = sweep_strips(both)
    assert above.graded[0].tile.title == "w = 0: the negative caption"
    assert below.graded[0].tile.title == "w = 0: no caption"
    assert (above.title, below.title) == ("Seed 0", "Seed 0, without the negative caption")
    assert "only the guidance weight differs" in above.note
    assert "only the guidance weight differs" not in below.note
    assert [graded.marks for graded in below.graded] == [(BAD,), (BAD,)]
    assert [one.y for one in sweep_chart(both).series] == [(1.0, 1.0), (0.0, 0.0)]


def test_a_guess_stands_beside_the_first_weight_that_is_right():
    result = swept((((GOOD, BAD),), ((GOOD, GOOD),)))
    assert first_right(result) == 4.0
    assert sweep_facts(result, 4.0)[1].note == "as you guessed"
    assert sweep_facts(result, 4.0)[3].value == "1.30 times"
    assert sweep_facts(result, 1.0)[1].note == "not as you guessed"
    never = swept((((BAD,),), ((BAD,),)))
    assert sweep_facts(never, None)[1].note == "as you guessed"
    unheard = swept((((GOOD,),), ((BAD,),)))
    unheard = replace(unheard, request=replace(unheard.request, weights=(0.0, 4.0)))
    assert first_right(unheard) is None  # at 0 the caption is not heard, so that is no answer
    assert [graded.marks for graded in unmarked(sweep_strips(result))[0].graded] == [(), ()]
    ungraded = swept((((),), ((),)))
    assert len(sweep_facts(ungraded, 4.0)) == 1
    assert "no judge" in sweep_strips(ungraded)[0].note


def attended():
    maps = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(0)).softmax(1)
    coarse = torch.rand(2, 3, 2, 2, generator=torch.Generator().manual_seed(1)).softmax(1)
    return AttentionResult(ASK, ("‹start›", "red", "star"), (maps, coarse), PICTURES.expand(3, 3, 64, 64))


def test_heat_goes_to_the_browser_to_within_half_a_byte():
    result = attended()
    whole, fine, coarse = attention_layers(result)
    assert [layer.side for layer in (whole, fine, coarse)] == [4, 4, 2]
    for layer, maps in ((whole, on_one_grid(result)), (fine, result.maps[0]), (coarse, result.maps[1])):
        sent = np.frombuffer(base64.b64decode(layer.text), np.uint8).reshape(maps.shape) / 255
        top = np.array(layer.top)[None, :, None, None]
        assert np.abs(sent * top - maps.numpy()).max() <= 0.51 / 255 * top.max()
        assert sent.max() == 1
    assert len(lit_pictures(result)) == 3


def dropped():
    generator = torch.Generator().manual_seed(0)
    pictures = torch.zeros(4, 3, 64, 64)
    pictures[2] = 1.0
    noise, maps = torch.rand(3, 2, generator=generator), torch.rand(3, 2, 4, 4, generator=generator)
    read = ({"colour_a": "red"}, {"colour_a": "red"}, {"colour_a": "blue"}, {"colour_a": "red"})
    return WordDropResult(ASK, ("a", "red", "star"), pictures, read, noise, 2 * noise, maps, (0.0, 0.9))


def test_the_word_that_moves_most_is_named_beside_the_guess():
    result = dropped()
    guess, most, _ = drop_facts(result, "its colour")
    assert guess.note == "as measured"
    assert most.value == "'red'"
    assert drop_facts(result, "the thing")[0].note == "measured: its colour"
    whole, *rest = drop_strip(result).graded
    assert [mark.right for mark in whole.marks if mark.name == "colour"] == [True]
    assert "now colour: blue" in rest[1].note
    assert "now" not in rest[0].note
    noise, clean = drop_charts(result)
    by_name = {one.name: one.y for one in clean.series}
    assert by_name["red"] == pytest.approx(tuple(result.clean[1].tolist()))
    assert noise.series[0].x == (0.0, 0.9)


def test_words_are_grouped_by_what_they_say():
    words = "a small striped red star at the top left on a blue background".split()
    found = [group_of(words, number) for number in range(len(words))]
    assert found[1:5] == ["its size or texture", "its size or texture", "its colour", "the thing"]
    assert found[7:9] == ["where it is", "where it is"]
    assert found[-2:] == ["the background", "the background"]
    assert found[0] == found[9] == "a small word"
    assert group_of(["star", "on", "blue"], 2) == "the background"


def test_a_pair_is_a_film_with_its_difference():
    x = torch.zeros(3, 2, 4, 16, 16)
    decoded = torch.zeros(3, 2, 3, 64, 64)
    decoded[2, 1] = 0.5
    result = PairResult(PairRequest(ASK, "a blue star"), x, decoded, (0.0, 0.5, 1.0), ((), ()), ({}, {}))
    sheet, moments = pair_film(result)
    assert sheet.size == (3 * 64, 3 * 64)
    assert [place for place, _ in moments] == ["step 1 of 2", "step 2 of 2", "finished"]
    assert "0.50 apart" in moments[2][1]
    assert sheet.getpixel((2 * 64 + 5, 2 * 64 + 5)) != sheet.getpixel((2 * 64 + 5, 5))
    assert [place for place, _ in pair_film(result.end)[1]] == ["finished"]
    assert pair_film(result.end)[0].tobytes() == sheet.crop((0, 2 * 64, 3 * 64, 3 * 64)).tobytes()


def pair_apart(*apart):
    """Of two captions whose samples are so far apart, step by step, and whose expected pictures half at once."""
    decoded = torch.zeros(len(apart), 2, 3, 64, 64)
    decoded[:, 1] = 0.5
    ask, signal = replace(ASK, steps=len(apart) - 1), tuple(k / len(apart) for k in range(len(apart)))
    x = torch.zeros(len(apart), 2, 4, 16, 16)
    x[:, 1] = torch.tensor(apart)[:, None, None, None]
    return PairResult(PairRequest(ask, "a blue star"), x, decoded, signal, ((), ()), ({}, {}))


@pytest.mark.parametrize(
    ("apart", "steps", "third"),
    [((0.4, 0.5, 0.5, 0.5), 0, 0), ((0.1, 0.25, 0.5, 0.5), 1, 1), ((0.1, 0.2, 0.2, 0.5), 3, 2), ((0.6, 0, 0, 1), 0, 0)],
)
def test_two_pictures_part_where_half_of_their_distance_is_reached(apart, steps, third):
    result = pair_apart(*apart)
    assert result.parted == steps
    assert pair_chart(result).marks == ((steps, "samples: half of the way"),)
    for number, guess in enumerate(PAIR_GUESSES):
        facts = pair_facts(result, guess)
        assert [fact.value for fact in facts[1:3]] == [f"after {steps} of 3 steps", "after 0 of 3 steps"]
        assert (": as you guessed" in facts[1].note) is (number == third)


def test_pictures_that_are_the_same_never_part():
    result = pair_apart(0.0, 0.2, 0.0)
    assert result.parted is None
    assert pair_chart(result).marks == ()
    assert "the same" in pair_facts(result, PAIR_GUESSES[0])[0].note


def switched(place, colour):
    def grid(sides):
        return tuple((side,) for side in sides)

    request = SwitchRequest(ASK, "a blue cup", (0, 2, 4))
    followed = {"place": grid(place), "colour_a": grid(colour)}
    return SwitchResult(request, PICTURES.expand(3, 1, 3, 64, 64), followed, (0.0, 0.5, 1.0))


def test_what_is_lost_first_is_what_follows_for_fewer_steps():
    second, first, neither = "second", "first", "neither"
    result = switched((second, second, first), (second, neither, first))
    assert last_followed(result) == {"place": 2, "colour_a": 0}
    assert order_settled(last_followed(result)) == "colour"
    assert switch_facts(result, "colour")[0].note == "as measured"
    assert switch_facts(result, "place")[0].note == "measured: colour"
    assert switch_chart(result).series[1].y == (1.0, 0.0, 0.0)
    assert switch_strips(result)[0].graded[1].note == "second: place · neither: colour"
    assert switch_chart(result).marks == ()
    assert switch_chart(result, 2).marks == ((2.0, "yours"),)
    titles = [graded.tile.title for graded in switch_strips(result, 2)[0].graded]
    assert titles == ["after step 0", "after step 2: yours", "after step 4"]
    never = switched((first, first, first), (first, first, second))
    assert last_followed(never) == {"place": None, "colour_a": None}
    assert order_settled(last_followed(never)) == "both at once"
    assert order_settled({"place": 2}) is None


def test_strength_is_drawn_from_zero_on():
    before = torch.zeros(1, 3, 64, 64)
    result = StrengthResult(
        StrengthRequest(ASK, (0.5, 1.0)), before, before.expand(2, 3, 64, 64) + 0.5, (), (500, 1000)
    )
    chart = strength_chart(result)
    assert chart.series[0].x == (0.0, 0.5, 1.0)
    assert chart.series[0].y == pytest.approx((0.0, 0.5, 0.5))
    assert strength_chart(result, 0.5).marks == ((0.5, "yours"),)
    result = replace(result, marks=((GOOD,), (GOOD,)))
    titles = [graded.tile.title for graded in strength_strip(result, 0.5).graded]
    assert titles == ["strength 0", "strength 0.5: yours", "strength 1"]


def test_the_guessed_strength_stands_beside_the_first_of_the_fixed_ones_that_is_right():
    before, strengths = torch.zeros(1, 3, 64, 64), (0.3, 0.4, 0.6, 1.0)
    pictures = torch.tensor([0.1, 0.2, 0.3, 0.5])[:, None, None, None].expand(4, 3, 64, 64)
    result = StrengthResult(StrengthRequest(ASK, strengths), before, pictures, ((GOOD,),) * 4, (300, 400, 600, 1000))
    guess, measured, price = strength_facts(result, "strength 0.4")
    assert (guess.value, measured.value, measured.note) == ("strength 0.4", "strength 0.4", "as you guessed")
    assert price.value == "0.20"
    assert "0.50" in price.note
    never = replace(result, marks=((BAD,),) * 4)
    assert [fact.value for fact in strength_facts(never, "strength 1")] == ["strength 1", "at none of them"]
    assert strength_facts(never, "at none of them")[1].note == "as you guessed"
    assert "nothing to compare" in strength_facts(replace(result, marks=((),) * 4), "strength 1")[0].note


def test_inpainting_says_what_changed_outside():
    before, x0 = torch.zeros(1, 3, 64, 64), torch.zeros(1, 4, 16, 16)
    after, x = before.clone(), x0.clone()
    after[..., 32:, 30:] = 0.5
    mask = block(16, range(8, 16), range(8, 16))
    x[..., 8:, 8:] = 1.0
    result = InpaintResult(InpaintRequest(ASK, mask), before, after, x0, x, torch.tensor(mask), ())
    facts = {fact.name: fact.value for fact in inpaint_facts(result)}
    assert facts["Painted"] == "64 of 256"
    assert facts["Latent outside"] == "0"
    assert facts["Pixels outside"] == f"{2 * 32 / (64 * 64 - 32 * 32):.0%}"
    assert facts["Pixels inside"] == "64 steps"


def arm(bound):
    rates = {name: wilson(sum(bound), len(bound)) for name in ("kind", "colour", "all_attributes")}
    return Arm(("a red star",) * 4, PICTURES.expand(4, 3, 64, 64), ((GOOD, BAD),) * 4, rates, bound)


def test_both_arms_stand_side_by_side_with_n_and_interval():
    result = UnseenResult(UnseenRequest(4), arm((True, False, False, False)), arm((True, True, True, True)))
    chart = unseen_chart(result)
    assert chart.series[0].y == (0.25,) * 3
    assert chart.series[0].low[0] == wilson(1, 4).low
    assert chart.series[1].labels[0] == "n = 4"
    facts = unseen_facts(result, "over 20 points less often")
    assert facts[0].note == "as measured here"
    assert facts[1].value == "25%"
    assert "n = 4" in facts[1].note
    assert facts[3].value == "3 and 0"
    assert unseen_facts(result, "at least as often")[0].note == "not as measured here"


def test_figures_of_the_card_are_stamped_so_and_left_out_where_there_are_none():
    rate = {"rate": 0.5, "n": 10, "low": 0.2, "high": 0.8}
    names = ("kind", "colour", "texture", "size", "place", "background", "all_attributes")
    metrics = {"one_thing": dict.fromkeys(names, rate), "unseen_combinations": dict.fromkeys(names, rate)}
    chart = shipped_chart(metrics)
    assert chart is not None
    assert chart.stamp == "measured with the checkpoint"
    assert chart.series[0].y == (0.5,) * 7
    assert shipped_chart({}) is None
    assert shipped_chart({"one_thing": metrics["one_thing"]}) is None

"""Scenes as short English phrases, and phrases back as scenes. Both read the same tables, so neither can drift."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

from app.data.scenes.attributes import BACKGROUNDS, COLOURS, KINDS, PLACES, TEXTURES
from app.data.scenes.factors import Scene, Thing

Phrases: TypeAlias = Mapping[str, tuple[str, ...]]

SIZE_PHRASES: Phrases = {"small": ("small", "little"), "large": ("large", "big")}
RELATION_PHRASES: Phrases = {
    "to the left of": ("to the left of", "left of"),
    "to the right of": ("to the right of", "right of"),
    "above": ("above", "over"),
    "below": ("below", "under"),
}
PLACE_PHRASES: Phrases = {
    "top": ("at the top", "at the top edge"),
    "left": ("on the left", "at the left edge"),
    "centre": ("in the centre", "in the middle"),
    "right": ("on the right", "at the right edge"),
    "bottom": ("at the bottom", "at the bottom edge"),
} | {place: (f"at the {place}", f"in the {place} corner") for place in PLACES if " " in place}
BACKGROUND_PHRASES: Phrases = {
    name: (f"on a {name} background", f"with a {name} background", f"on {name}") for name in BACKGROUNDS
}
OPENING = "there is"
"""What some paraphrases begin with."""
ARTICLES = ("a", "an")

_TABLES = (SIZE_PHRASES, RELATION_PHRASES, PLACE_PHRASES, BACKGROUND_PHRASES)
_CHOICES = [phrase for table in _TABLES for phrases in table.values() for phrase in phrases]
_PHRASES = (OPENING, *ARTICLES, *KINDS, *COLOURS, *TEXTURES, *_CHOICES)
WORDS: tuple[str, ...] = tuple(sorted({word for phrase in _PHRASES for word in phrase.split()}))
"""The closed vocabulary: every word that a caption can hold, in alphabetical order."""

_RADICES = {"opening": 4, "size": 10, "plain": 3, "texture": 10, "place": 10, "background": 10, "relation": 4}
PARAPHRASES = prod(_RADICES.values())
"""How many ways there are to word a scene; many of them read the same. Number 0 is the canonical caption."""


@dataclass(frozen=True)
class Wording:
    """One way of speaking: which phrase of each table is used; None leaves that attribute out."""

    opening: bool
    size: int | None
    plain: bool
    texture: bool
    place: int | None
    background: int | None
    relation: int


def wording(paraphrase: int) -> Wording:
    """Read a paraphrase number (any non-negative integer) as one digit a choice; a digit's last value leaves out.

    So one caption in ten says no size, one in ten no place, and so on; 'plain' is said two times in three.
    """
    digits = {}
    for name, radix in _RADICES.items():
        paraphrase, digits[name] = divmod(paraphrase, radix)
    return Wording(
        opening=digits["opening"] == 3,
        size=_phrase_number(digits["size"], "000000111"),
        plain=digits["plain"] < 2,
        texture=digits["texture"] < 9,
        place=_phrase_number(digits["place"], "000000111"),
        background=_phrase_number(digits["background"], "000001122"),
        relation=int(digits["relation"] == 3),
    )


def _phrase_number(digit: int, numbers: str) -> int | None:
    """Return the phrase that the digit stands for, None beyond the list."""
    return int(numbers[digit]) if digit < len(numbers) else None


def canonical_caption(scene: Scene) -> str:
    """Return the caption that says everything that the scene specifies, in the usual words."""
    return caption_of(scene, 0)


def caption_of(scene: Scene, paraphrase: int) -> str:
    """Return one of PARAPHRASES true captions of the scene; attributes that are None are left out."""
    manner = wording(paraphrase)
    parts = [OPENING] if manner.opening else []
    parts.append(_noun_phrase(scene.things[0], manner))
    if len(scene.things) == 2 and scene.relation is not None:
        parts += [RELATION_PHRASES[scene.relation][manner.relation], _noun_phrase(scene.things[1], manner)]
    parts += _said(PLACE_PHRASES, scene.place, manner.place)
    parts += _said(BACKGROUND_PHRASES, scene.background, manner.background)
    return " ".join(parts)


def _said(table: Phrases, name: str | None, number: int | None) -> list[str]:
    return [] if name is None or number is None else [table[name][number]]


def _noun_phrase(thing: Thing, manner: Wording) -> str:
    """'a small striped red star', 'an orange cup'."""
    words = _said(SIZE_PHRASES, thing.size, manner.size)
    if thing.texture is not None and (manner.plain if thing.texture == "plain" else manner.texture):
        words.append(thing.texture)
    words += [word for word in (thing.colour, thing.kind) if word is not None]
    return " ".join([ARTICLES[words[0][0] in "aeiou"], *words])


def parse_caption(text: str) -> Scene | None:
    """Return the scene that a caption describes, None in the fields it leaves open; None if it reads as no scene.

    The inverse of `caption_of` for every paraphrase. Also reads capitals, commas, a full stop, a missing article and
    adjectives in any order.
    """
    match = _CAPTION.fullmatch(" ".join(text.lower().replace(",", " ").rstrip(" .!").split()))
    if match is None:
        return None
    things = [_read_thing(match["adjectives_1"], match["kind_1"])]
    if match["relation"] is not None:
        things.append(_read_thing(match["adjectives_2"], match["kind_2"]))
    read = [thing for thing in things if thing is not None]
    place, background = _NAMES.get(match["place"]), _NAMES.get(match["background"])
    return Scene(tuple(read), background, place, _NAMES.get(match["relation"])) if len(read) == len(things) else None


def _read_thing(adjectives: str, kind: str) -> Thing | None:
    """Sort the adjectives into size, colour and texture; None if one attribute is said twice."""
    found: dict[str, str] = {}
    for word in adjectives.split():
        attribute = _ATTRIBUTE[word]
        if attribute in found:
            return None
        found[attribute] = _NAMES.get(word, word)
    return Thing(kind, found.get("colour"), found.get("size"), found.get("texture"))


def _any_of(phrases: list[str]) -> str:
    """A regular expression for one of the phrases, the longest that fits."""
    return "|".join(sorted(phrases, key=len, reverse=True))


def _every(table: Phrases) -> list[str]:
    return [phrase for phrases in table.values() for phrase in phrases]


_NAMES: dict[str | None, str] = {
    phrase: name for table in _TABLES for name, phrases in table.items() for phrase in phrases
}
_ATTRIBUTE = (
    dict.fromkeys(_every(SIZE_PHRASES), "size") | dict.fromkeys(COLOURS, "colour") | dict.fromkeys(TEXTURES, "texture")
)
_THING = rf"(?:an? )?(?P<adjectives_{{0}}>(?:(?:{_any_of(list(_ATTRIBUTE))}) )*)(?P<kind_{{0}}>{_any_of(list(KINDS))})"
_CAPTION = re.compile(
    rf"(?:{OPENING} )?{_THING.format(1)}"
    rf"(?: (?P<relation>{_any_of(_every(RELATION_PHRASES))}) {_THING.format(2)}"
    rf"| (?P<place>{_any_of(_every(PLACE_PHRASES))}))?"
    rf"(?: (?P<background>{_any_of(_every(BACKGROUND_PHRASES))}))?"
)

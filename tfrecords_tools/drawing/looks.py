"""Appearance of a person: colours (R, G, B), hair and clothes."""

import dataclasses

import numpy as np

SKINS = (
    (255, 219, 190), (244, 199, 163), (231, 180, 140), (214, 155, 112), (186, 124, 84), (150, 96, 63), (112, 70, 47),
    (84, 52, 38),
)  # fmt: skip
HAIRS = (
    (38, 32, 34), (58, 42, 36), (92, 60, 38), (132, 84, 46), (176, 122, 62), (219, 178, 104), (160, 70, 40),
    (150, 150, 154), (214, 212, 208),
)  # fmt: skip
CLOTHES = (
    (52, 73, 102), (82, 124, 168), (140, 186, 214), (230, 110, 88), (196, 62, 66), (240, 168, 72), (247, 210, 112),
    (92, 148, 108), (60, 104, 88), (168, 200, 142), (150, 108, 168), (206, 150, 186), (244, 240, 232), (206, 204, 200),
    (128, 130, 136), (66, 66, 74), (40, 40, 46), (164, 122, 88), (208, 176, 140), (46, 128, 140),
)  # fmt: skip

HAIR_CUTS = ("short", "short", "long", "bun", "curly", "cap", "bald")
SHIRTS = ("plain", "buttons", "jacket", "stripes", "print", "tie", "rucksack", "dungarees")
SLEEVES = (0.35, 0.5, 0.6, 1.5, 2.0, 2.0, 2.0)  # see `Look`
TROUSERS = (0.5, 0.85, 1.6, 2.0, 2.0, 2.0, 2.0)


@dataclasses.dataclass(frozen=True)
class Look:
    """The appearance of one person.

    Args:
        skin, hair, shirt, accent, trousers, shoes: Colours, RGB.
        hair_cut: One of `HAIR_CUTS`.
        shirt_kind: One of `SHIRTS`.
        sleeve: Length of the sleeve: 0 ends at the shoulder, 1 at the elbow, 2 at the wrist.
        trouser: Length of the trousers: 0 ends at the hip, 1 at the knee, 2 at the ankle.
        girth: Thickness of limbs and torso, relative to the average.
        waist: Width of the waist, relative to that of the chest.
        has_beard: Whether the lower face is covered.
        has_glasses: Whether glasses are worn.
    """

    skin: tuple
    hair: tuple
    shirt: tuple
    accent: tuple
    trousers: tuple
    shoes: tuple
    hair_cut: str
    shirt_kind: str
    sleeve: float
    trouser: float
    girth: float
    waist: float
    has_beard: bool
    has_glasses: bool


def sample(rng) -> Look:
    """Samples an appearance; the attributes are independent."""
    skin = rng.integers(len(SKINS))
    dark = 3 if skin > 4 else len(HAIRS)
    shirt, accent, trousers, shoes = (colour(rng) for _ in range(4))
    return Look(
        skin=_jitter(rng, SKINS[skin], 8),
        hair=_jitter(rng, HAIRS[rng.integers(dark)], 8),
        shirt=shirt,
        accent=accent,
        trousers=trousers,
        shoes=shoes,
        hair_cut=_one(rng, HAIR_CUTS),
        shirt_kind=_one(rng, SHIRTS),
        sleeve=_one(rng, SLEEVES),
        trouser=_one(rng, TROUSERS),
        girth=float(np.clip(rng.normal(1.04, 0.11), 0.82, 1.4)),
        waist=float(rng.uniform(0.82, 1.08)),
        has_beard=bool(rng.random() < 0.2),
        has_glasses=bool(rng.random() < 0.15),
    )


def colour(rng) -> tuple:
    """Samples the colour of a garment."""
    return _jitter(rng, _one(rng, CLOTHES), 12)


def _one(rng, choices):
    return choices[rng.integers(len(choices))]


def _jitter(rng, colour, amount):
    changes = rng.uniform(-amount, amount, 3).tolist()
    return tuple(min(255.0, max(0.0, part + change)) for part, change in zip(colour, changes, strict=True))

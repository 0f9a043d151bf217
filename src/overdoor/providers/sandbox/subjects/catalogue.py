"""Which drawing belongs to which subject, how large it is, and where it lives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects import (
    animals,
    buildings,
    emblems,
    food,
    people,
    plants,
    products,
    things,
    vehicles,
    wings,
)
from overdoor.providers.sandbox.subjects.look import Look

Place = Literal["ground", "air", "water", "swimming"]


@dataclass(frozen=True, slots=True)
class Kind:
    """`size`: height against a middle-sized subject. `width`: of its 100-unit frame, how much it really fills.

    `foot`: The lowest point of the drawing in its frame.
    """

    draw: Callable[[Pen, Look], None]
    size: float = 1.0
    place: Place = "ground"
    width: float = 0.8
    foot: float = 100.0


KINDS: dict[str, Kind] = {
    "fox": Kind(animals.fox, 1.0),
    "cat": Kind(animals.cat, 0.95, width=0.7),
    "dog": Kind(animals.dog, 1.0, width=0.7),
    "bear": Kind(animals.bear, 1.1, width=0.9, foot=99.5),
    "rabbit": Kind(animals.rabbit, 0.8, width=0.55),
    "deer": Kind(animals.deer, 1.2, width=0.75),
    "horse": Kind(animals.horse, 1.25, width=0.85),
    "bird": Kind(wings.bird, 0.8, "air", 0.95),
    "owl": Kind(wings.owl, 0.95, width=0.9),
    "butterfly": Kind(wings.butterfly, 0.8, "air", 1.0),
    "penguin": Kind(wings.penguin, 1.0, width=0.6),
    "fish": Kind(wings.fish, 0.9, "air", 0.95),
    "whale": Kind(wings.whale, 1.2, "swimming", 1.0),
    "turtle": Kind(wings.turtle, 0.95, "air", 0.95, foot=94),
    "portrait": Kind(people.portrait, 1.0, width=0.95),
    "person": Kind(people.person, 1.15, width=0.36),
    "robot": Kind(people.robot, 1.15, width=0.7),
    "astronaut": Kind(people.astronaut, 1.1, width=0.75),
    "camera": Kind(products.camera, 0.95, width=0.88),
    "bottle": Kind(products.bottle, 1.2, width=0.4),
    "mug": Kind(products.mug, 0.9, width=0.75),
    "watch": Kind(products.watch, 1.1, width=0.6),
    "sneaker": Kind(products.sneaker, 0.9, width=1.0),
    "headphones": Kind(products.headphones, 1.05, width=0.9, foot=94),
    "lamp": Kind(things.lamp, 1.15, width=0.66),
    "phone": Kind(products.phone, 1.15, width=0.5),
    "perfume": Kind(products.perfume, 1.0, width=0.7),
    "laptop": Kind(things.laptop, 1.05, width=0.95),
    "book": Kind(things.book, 0.9, width=0.85),
    "speaker": Kind(things.speaker, 1.1, width=0.6),
    "vase": Kind(things.vase, 1.1, width=0.5),
    "chair": Kind(things.chair, 1.05, width=0.7),
    "guitar": Kind(things.guitar, 1.3, width=0.45),
    "umbrella": Kind(things.umbrella, 0.9, width=0.95),
    "cake": Kind(food.cake, 1.05, width=0.92),
    "apple": Kind(food.apple, 0.8, width=0.78, foot=99),
    "orange": Kind(food.orange, 0.85, width=0.95, foot=99),
    "pizza": Kind(food.pizza, 0.95, width=0.98, foot=97),
    "burger": Kind(food.burger, 0.95, width=0.92),
    "donut": Kind(food.donut, 0.85, width=0.9),
    "bowl": Kind(food.bowl, 0.95, width=0.95),
    "icecream": Kind(food.icecream, 1.1, width=0.55),
    "flower": Kind(plants.flower, 1.1, width=0.58),
    "tree": Kind(plants.tree, 1.35, width=0.85),
    "palm": Kind(plants.palm, 1.4, width=0.8),
    "cactus": Kind(plants.cactus, 1.05, width=0.5),
    "plant": Kind(plants.plant, 1.0, width=0.85),
    "mushroom": Kind(plants.mushroom, 0.8, width=0.9),
    "house": Kind(buildings.house, 1.1, width=0.84),
    "cabin": Kind(buildings.cabin, 1.05, width=0.92),
    "castle": Kind(buildings.castle, 1.35, width=0.8),
    "temple": Kind(buildings.temple, 1.35, width=0.8),
    "lighthouse": Kind(buildings.lighthouse, 1.25, width=0.34),
    "windmill": Kind(buildings.windmill, 1.25, width=0.7),
    "tent": Kind(buildings.tent, 0.8, width=0.95),
    "bridge": Kind(buildings.bridge, 1.2, width=1.0),
    "car": Kind(vehicles.car, 0.95, width=1.0),
    "train": Kind(vehicles.train, 0.9, width=1.0),
    "rocket": Kind(vehicles.rocket, 1.3, "air", 0.62),
    "balloon": Kind(vehicles.balloon, 1.1, "air", 0.7),
    "bicycle": Kind(vehicles.bicycle, 0.95, width=0.95),
    "sailboat": Kind(vehicles.sailboat, 1.0, "water", 0.9),
    "plane": Kind(vehicles.plane, 1.0, "air", 1.0),
    "kite": Kind(wings.kite, 0.85, "air", 0.55),
    "ufo": Kind(vehicles.saucer, 0.9, "air", 0.9),
    "heart": Kind(emblems.heart, 0.9, width=0.86, foot=95),
    "star": Kind(emblems.star, 0.9, width=0.9, foot=92),
    "gem": Kind(emblems.gem, 0.9, width=0.9, foot=94),
    "crown": Kind(emblems.crown, 0.9, width=0.85, foot=93),
    "bulb": Kind(emblems.bulb, 1.0, width=0.6),
    "trophy": Kind(emblems.trophy, 1.05, width=0.75),
    "gift": Kind(emblems.gift, 0.9, width=0.82),
}

"""Lines of few words, so that templates meet, widen and crowd each other."""

import random


def random_lines(seed: int, count: int) -> list[str]:
    """The same lines for the same seed on every machine."""
    draw = random.Random(seed)
    words = ["<*>", "a1", "b22", *(f"w{chr(97 + i)}" for i in range(draw.choice((3, 8, 30))))]
    length = draw.choice((3, 6, 12))
    return [
        " ".join(draw.choice(words) for _ in range(draw.randrange(length))) for _ in range(count)
    ]


SETTINGS = [
    (similarity, depth, children)
    for similarity in (0.3, 0.5, 0.7)
    for depth, children in ((3, 100), (4, 3), (5, 4), (6, 100))
]
"""similarity, depth and children of a tree."""

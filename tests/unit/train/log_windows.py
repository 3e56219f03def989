"""Windows of a small service's log, some with something odd in them."""

import numpy as np
import polars as pl

USUAL = [
    "session opened for user {u}",
    "read {n} bytes from disk",
    "request took {t} ms",
    "session closed for user {u}",
]
ODD = "lost connection to shard {n}"


def windows(count=80, odd=(), seed=0):
    """[n] texts of about twelve lines; those in `odd` hold a line that no other has."""
    draw = np.random.default_rng(seed)
    texts = []
    for case in range(count):
        lines = []
        for turn in range(3):
            user = draw.choice(["ann", "bob"])
            for place, line in enumerate(USUAL):
                second = f"{case % 60:02d}:{turn * 10 + place:02d}"
                level = "ERROR" if draw.random() < 0.05 else "INFO"
                said = line.format(u=user, n=draw.integers(1, 9000), t=draw.integers(1, 200))
                lines.append(f"2024-01-0{1 + case // 60} 10:{second},000 {level} app.Main: {said}")
        if case in odd:
            lines.insert(5, "2024-01-01 10:00:00,000 WARN app.Main: " + ODD.format(n=case))
        texts.append("\n".join(lines))
    return pl.Series("log", texts)

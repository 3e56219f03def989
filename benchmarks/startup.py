"""How fast `keel --help` is, and how little `import keel` loads.

The peer is `python -c "import sklearn"`: what a program pays that loads its learning library first.
Both are timed in turn, and the medians are compared.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from figures import Figure, report

HELP_SHARE = 0.3
MOST_MODULES = 250
HEAVY = ("pandas", "sklearn", "torch", "polars", "lightgbm", "onnxruntime")
COUNT = f"""
import json, sys
before = set(sys.modules)
import keel
loaded = set(sys.modules) - before
print(json.dumps([len(loaded), [name for name in {HEAVY!r} if name in loaded]]))
"""


def main() -> int:
    """Print the figures; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three timings instead of eleven")
    times = 3 if parser.parse_args().quick else 11
    command = Path(sys.executable).parent / "keel"
    helped, imported = [], []
    for _ in range(times + 1):
        helped.append(_seconds([str(command), "--help"]))
        imported.append(_seconds([sys.executable, "-c", "import sklearn"]))
    # The first of each reads files that are not cached yet.
    mine, peer = statistics.median(helped[1:]), statistics.median(imported[1:])
    output = subprocess.run([sys.executable, "-c", COUNT], check=True, capture_output=True)
    modules, heavy = json.loads(output.stdout)
    return report(
        [
            Figure(
                "keel --help, share of import sklearn",
                mine / peer,
                HELP_SHARE,
                "lower",
                {"keel --help s": mine, "import sklearn s": peer},
            ),
            Figure("modules loaded by import keel", modules, MOST_MODULES, "lower"),
            Figure(
                "heavy libraries loaded by import keel", len(heavy), 0, "lower", note=str(heavy)
            ),
        ],
        "start-up",
    )


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())

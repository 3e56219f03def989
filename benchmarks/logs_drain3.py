"""The peer of `logs_parse.py`: drain3 on the lines of a file, run by a Python that has it.

    python logs_drain3.py LINES SETTINGS

prints {"seconds": ..., "groups": [...], "version": ...}. Uses nothing of Keel.
"""

import importlib.metadata
import json
import sys
import time
from pathlib import Path

from drain3 import TemplateMiner
from drain3.masking import MaskingInstruction
from drain3.template_miner_config import TemplateMinerConfig


def main() -> None:
    """Learn every line, in seconds of the processor."""
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").split("\n")
    settings = json.loads(sys.argv[2])
    config = TemplateMinerConfig()
    config.drain_sim_th = settings["similarity"]
    config.drain_depth = settings["depth"]
    config.masking_instructions = [
        MaskingInstruction(pattern, into.strip("<>")) for pattern, into in settings["masks"]
    ]
    miner = TemplateMiner(config=config)
    began = time.process_time()
    groups = [miner.add_log_message(line)["cluster_id"] for line in lines]
    took = time.process_time() - began
    version = importlib.metadata.version("drain3")
    print(json.dumps({"seconds": took, "groups": groups, "version": version}))


if __name__ == "__main__":
    main()

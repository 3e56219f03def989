"""Writes inference.binpb from inference.proto; needs grpcio-tools, which nothing else does."""

import sys
from pathlib import Path

from grpc_tools import protoc

FOLDER = Path(__file__).parents[1] / "src" / "keel" / "api"
SOURCE = FOLDER / "inference.proto"

if __name__ == "__main__":
    words = [f"-I{FOLDER}", f"--descriptor_set_out={SOURCE.with_suffix('.binpb')}", str(SOURCE)]
    sys.exit(protoc.main(["protoc", *words]))

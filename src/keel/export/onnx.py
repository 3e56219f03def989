"""The bare graph, to be run without Keel."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from keel.export.subject import Subject
from keel.export.template import Text
from keel.export.triton import LABELS, triton_config
from keel.spec.kinds import Kind, TaskName
from keel.train.export.exported import MODEL, write_exported
from keel.train.export.open_session import open_session
from keel.train.export.signature import Signature

EXAMPLE = "example.py"
REPOSITORY = "triton"

SCRIPT = Text('''\
"""Answers a row with onnxruntime alone: pip install onnxruntime && python %{example}"""

import numpy as np
import onnxruntime

# A number or a yes or no that is missing is NaN, a text "".
rows = {
%{rows}
}
session = onnxruntime.InferenceSession("%{model}")
names = [output.name for output in session.get_outputs()]
for name, values in zip(names, session.run(names, rows), strict=True):
    print(name, values.tolist())
''')

README = Text("""\
# %{version} as a graph

Digest %{digest}. All preprocessing of numbers, categories, yes and no, and times is inside.

- `%{model}`: the graph. `signature.json`: what goes in, what comes out.
- `%{example}`: answers a row with onnxruntime alone; write your values into it.
- `%{repository}/`: a model repository for Triton: `tritonserver --model-repository=%{repository}`;
  KServe takes the same folder.

## In

| tensor | type | shape | holds |
|---|---|---|---|
%{inputs}

## Out

| tensor | type | shape | holds |
|---|---|---|---|
%{outputs}
%{more}""")

FEATURES = Text("""
## Computed before

These columns are no columns of a request. `keel serve` computes them; here it is up to you:

| column | of a row |
|---|---|
%{features}
""")

CODED = Text("""
## Texts

%{columns}: a text becomes numbers outside of the graph, by a codec, which is data beside it
(`*.codec`). With `pip install keel-ml`:

    from keel.train.encode.codec import read_codec
    encoded = read_codec(open("FILE.codec", "rb").read()).encode(polars_series)  # ids, weights, ...
""")

_KINDS = {
    Kind.NUMBER: "a number",
    Kind.BOOLEAN: "1 for yes, 0 for no",
    Kind.CATEGORY: "a category",
    Kind.TIME: "a time, in microseconds since 1970 in UTC",
    Kind.TEXT: "of a text",
    Kind.SEQUENCE: "of a log's lines",
}
_NUMPY = {
    "tensor(float)": "np.float32",
    "tensor(double)": "np.float64",
    "tensor(int32)": "np.int32",
    "tensor(int64)": "np.int64",
    "tensor(bool)": "np.bool_",
    "tensor(string)": "np.object_",
}


def write_onnx(subject: Subject, into: Path) -> None:
    """Write the graph, its signature and codecs, how to run it, and a repository for Triton."""
    exported = subject.exported
    signature = exported.signature
    session = open_session(exported.graph, 1)
    write_exported(exported, into)
    places = {
        "version": subject.version,
        "digest": subject.version.digest,
        "model": MODEL,
        "example": EXAMPLE,
        "repository": REPOSITORY,
        "rows": "\n".join(_example_rows(session.get_inputs())),
        "inputs": _table(session.get_inputs(), _inputs(signature)),
        "outputs": _table(session.get_outputs(), {o.name: o.meaning for o in signature.outputs}),
        "more": "".join(_more(signature)),
    }
    (into / EXAMPLE).write_text(SCRIPT.substitute(places))
    (into / "README.md").write_text(README.substitute(places))
    folder = into / REPOSITORY / subject.system
    version = folder / str(subject.version.number)
    version.mkdir(parents=True)
    shutil.copyfile(into / MODEL, version / MODEL)
    labelled = None
    if signature.task is TaskName.CLASSIFY:
        labelled = signature.outputs[0].name
        (folder / LABELS).write_text("\n".join(signature.scored) + "\n")
    (folder / "config.pbtxt").write_text(triton_config(subject.system, session, labelled))


def _example_rows(tensors: Sequence[Any]) -> Iterator[str]:
    for tensor in tensors:
        value = '""' if tensor.type == "tensor(string)" else "0"
        for size in reversed(tensor.shape):
            value = f"[{', '.join([value] * (size if isinstance(size, int) else 1))}]"
        yield f"    {tensor.name!r}: np.array({value}, dtype={_NUMPY[tensor.type]}),"


def _inputs(signature: Signature) -> dict[str, str]:
    return {
        tensor: f"`{column.name}`, {_KINDS[column.kind]}"
        for column in signature.columns
        for tensor in column.tensors
    }


def _table(tensors: Sequence[Any], meanings: dict[str, str]) -> str:
    rows = []
    for tensor in tensors:
        sizes = [str(size) if isinstance(size, int) else "-1" for size in tensor.shape]
        meaning = meanings.get(tensor.name, "").replace("|", "\\|")
        kind = tensor.type.removeprefix("tensor(").removesuffix(")")
        rows.append(f"| `{tensor.name}` | {kind} | [{', '.join(sizes)}] | {meaning} |")
    return "\n".join(rows)


def _more(signature: Signature) -> Iterator[str]:
    if signature.features:
        rows = [
            f"| `{one.name}` | `{one.expression.replace('|', chr(92) + '|')}` |"
            for one in signature.features
        ]
        yield FEATURES.substitute(features="\n".join(rows))
    coded = [f"`{column.name}`" for column in signature.columns if column.codec is not None]
    if coded:
        yield CODED.substitute(columns=", ".join(coded))

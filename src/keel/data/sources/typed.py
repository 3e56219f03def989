"""What sources of typed columns have in common: which types are read, and how."""

import polars as pl
import pyarrow as pa


def readable(schema: pa.Schema) -> tuple[list[int], tuple[str, ...]]:
    """Positions of the columns whose type some kind can hold, and a note on each other one."""
    kept: list[int] = []
    notes: list[str] = []
    for i, field in enumerate(schema):
        if pa.types.is_nested(_stored(field.type)) and not _holds_texts(field.type):
            notes.append(f"column {field.name} holds {field.type}, which no kind can: left out")
        else:
            kept.append(i)
    return kept, tuple(notes)


def typed_frame(batch: pa.RecordBatch) -> pl.DataFrame:
    """The batch as a frame, sharing its memory where the types agree."""
    frame = pl.from_arrow(batch)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a record batch is a frame")
    return frame


def _holds_texts(value_type: pa.DataType) -> bool:
    is_list = pa.types.is_list(value_type) or pa.types.is_large_list(value_type)
    return is_list and value_type.value_type in (pa.string(), pa.large_string(), pa.string_view())


def _stored(value_type: pa.DataType) -> pa.DataType:
    if isinstance(value_type, pa.BaseExtensionType):
        return value_type.storage_type
    return value_type.value_type if pa.types.is_dictionary(value_type) else value_type

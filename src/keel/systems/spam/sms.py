"""SMS spam: downloads the collection and groups the messages that say the same."""

from pathlib import Path

import polars as pl

from keel.errors import TableError
from keel.systems.download import Remote, original
from keel.systems.source import write_table
from keel.systems.spam.same_text import same_text
from keel.train.progress import Tell

REMOTE = Remote(
    "https://archive.ics.uci.edu/static/public/228/sms+spam+collection.zip",
    "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d",
    ("SMSSpamCollection", "SMSSpamCollection.tsv"),
    "SMSSpamCollection",
)


def write(into: Path, data: Path | None, tell: Tell) -> tuple[Path, ...]:
    """`messages.parquet`: 5,574 messages, 747 of them spam."""
    messages = read_sms(original(REMOTE, data, tell))
    spam = int((messages["label"] == "spam").sum())
    copies = len(messages) - messages["same_text"].n_unique()
    tell(f"data      {len(messages):,} messages, {spam} of them spam, {copies} said before")
    return (write_table(messages, into / "messages.parquet"),)


def read_sms(content: bytes) -> pl.DataFrame:
    """The messages; those with one `same_text` must not be divided between parts.

    Raises TableError when this is another file.
    """
    pairs = [line.split("\t", 1) for line in content.decode("utf-8", "replace").split("\n")]
    rows = [(label, text.strip()) for label, *rest in pairs for text in rest]
    if not rows or {label for label, _ in rows} != {"ham", "spam"}:
        raise TableError(
            "this is not the SMS spam collection: lines of `ham` or `spam`, a tab and the message"
        )
    texts = [text for _, text in rows]
    return pl.DataFrame(
        {
            "message_id": range(len(rows)),
            "text": texts,
            "same_text": same_text(texts),
            "label": [label for label, _ in rows],
        }
    )

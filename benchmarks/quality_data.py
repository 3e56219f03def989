"""The public tables that quality is measured on, from the folder that KEEL_TEST_DATA names."""

import io
import os
import sys
import zipfile
from pathlib import Path

import polars as pl

from keel.systems.churn.telco import read_telco
from keel.systems.credit.adult import read_adult
from keel.systems.credit.german import read_german
from keel.systems.spam.sms import read_sms

VARIABLE = "KEEL_TEST_DATA"


def data_folder() -> Path:
    """Where the tables are; ends the program, with the reason, where they are not."""
    named = os.environ.get(VARIABLE)
    if not named or not Path(named).is_dir():
        print(f"skipped: {VARIABLE} names no folder of public data sets", file=sys.stderr)
        sys.exit(0)
    return Path(named)


def adult(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The part to learn from, and the part that its donors set apart."""
    parts = [folder / "adult" / name for name in ("adult.data", "adult.test")]
    train, test = (read_adult(part.read_bytes()) for part in parts)
    return train, test


def german(folder: Path) -> pl.DataFrame:
    """1,000 loans; `risk`."""
    return read_german((folder / "german_credit.csv").read_bytes())


def telco(folder: Path) -> pl.DataFrame:
    """7,043 customers; `Churn`."""
    return read_telco((folder / "telco_churn.csv").read_bytes()).drop("customerID")


def bank(folder: Path) -> pl.DataFrame:
    """41,188 calls; `y`. Without `duration`, which is known only after the call."""
    with zipfile.ZipFile(folder / "bank-additional.zip") as archive:
        content = archive.read("bank-additional/bank-additional-full.csv")
    return pl.read_csv(io.BytesIO(content), separator=";", infer_schema_length=None).drop(
        "duration"
    )


def california(folder: Path) -> pl.DataFrame:
    """20,640 districts; `median_house_value`."""
    return pl.read_csv(folder / "california_housing.csv", infer_schema_length=None)


def sms(folder: Path) -> pl.DataFrame:
    """5,574 messages; `label`, `same_text`."""
    return read_sms((folder / "SMSSpamCollection.tsv").read_bytes())

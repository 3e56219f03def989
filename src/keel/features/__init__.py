"""Events to features: as of any time offline, as of now online, the same values."""

from typing import Any


def at(source: Any, rows: Any = None, *, home: Any = None, **asked: Any) -> Any:
    """The features of rows, each as of its own time.

    source: a registered system, `fraud` or `fraud@7`, whose features are found in its online store;
    or a folder with a keel.yaml (`./fraud`, where a system is called so too), for those that are
    declared there, found in its tables. rows: a
    data frame of any library, or a list of dicts, with entities and times. Without rows, `asked`
    names one: entities by their names, other columns by theirs; as of now, without a time.

    Returns a data frame with a row for each row, in their order: the columns of `rows` beside the
    features. Raises KeelError saying what is wrong and how to repair it.

    >>> keel.features.at("fraud", customer="C7")  # doctest: +SKIP
    """
    # Whoever only declares or reads features does without the registry.
    from keel.features_at import features_at

    return features_at(source, rows, home=home, asked=asked)

"""Keel: from a table to a machine-learning system that keeps its promises in production.

>>> import keel
>>> finished = keel.run("payments.csv", target="is_fraud")  # doctest: +SKIP
>>> finished.report.status  # doctest: +SKIP
'champion'
>>> finished.predict(rows)  # doctest: +SKIP
"""

from keel import features
from keel.about import VERSION
from keel.face import load, run

__all__ = ["__version__", "features", "load", "run"]

__version__ = VERSION

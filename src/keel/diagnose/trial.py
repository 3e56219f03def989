"""What a version answers to users whose taste is known, and what it should."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import polars as pl

from keel.data.histories import Float32, Histories
from keel.diagnose.coded import code
from keel.diagnose.event_facts import EventFacts
from keel.diagnose.probe import Probe, draw_probe
from keel.diagnose.reference import Reference, refit, shifted
from keel.diagnose.situation import AskedModel, Situation


class Trial:
    """A probe of users, and answers to it."""

    def __init__(self, situation: Situation, events: EventFacts) -> None:
        self._situation = situation
        self._events = events

    @cached_property
    def probe(self) -> Probe:
        """Users that the version learned from, each with some items hidden."""
        return draw_probe(self._events.learned_histories, self._situation.seed)

    @cached_property
    def asked(self) -> Float32:
        """[n, items] what the version answers to the probe, what was asked with left out."""
        return self.probe.ask(self._situation.model.scores)

    @cached_property
    def reference(self) -> Reference:
        """The recorded recipe, fitted again on what the version learned from."""
        return refit(self._situation.model, self._events.learned)

    @cached_property
    def expected(self) -> Float32:
        """[n, items] what the reference answers to the probe."""
        return self.probe.ask(self.reference.fitted.scores)

    def other(self, model: AskedModel, histories: Histories) -> Float32:
        """[n, items] of another version, minus infinity where it does not know an item."""
        ids = self._events.items[: self._events.catalogue]
        place = code(ids, pl.Series("id", model.catalogue, dtype=pl.String))
        to = place.fill_null(-1).to_numpy()
        asked = replace(shifted(histories, to), items=len(model.catalogue))
        scores = np.array(model.scores(asked))[:, to]
        scores[:, to < 0] = -np.inf
        return scores

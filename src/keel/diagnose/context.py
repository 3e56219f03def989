"""What every check looks at."""

from keel.diagnose.event_facts import EventFacts
from keel.diagnose.item_facts import ItemFacts
from keel.diagnose.situation import Situation
from keel.diagnose.trial import Trial


class Context:
    """A situation with the facts of it, each computed once. events: who did what. items: what is
    known of them beside. trial: what the version answers to users whose taste is known."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.events = EventFacts(situation)
        self.items = ItemFacts(situation, self.events)
        self.trial = Trial(situation, self.events)

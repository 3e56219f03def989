"""The answer log that the settings name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from keel.backends.disk import disk
from keel.errors import InputError
from keel.serve.answer_log import AnswerLog, NoAnswerLog
from keel.serve.answers.privacy import pseudonym_key
from keel.serve.answers.queued_log import Policy, QueuedLog
from keel.settings import Settings
from keel.spec.nearest import did_you_mean

OFF = "off"
POLICIES = ("drop", "block", OFF)


@contextmanager
def open_answer_log(settings: Settings) -> Iterator[AnswerLog]:
    """Where this process keeps its answers; all of them are in files afterwards.

    Raises InputError for a policy that is not known, EnvironmentFailure where nothing can be kept.
    """
    policy = settings.answer_log
    if policy not in POLICIES:
        raise InputError(
            f"KEEL_ANSWER_LOG is {policy!r}, which is no policy for answers that wait: "
            f"{did_you_mean(policy, POLICIES)}"
        )
    if policy == OFF:
        yield NoAnswerLog()
        return
    key = pseudonym_key(settings.home)
    with disk(settings.answers):
        log = QueuedLog(settings.answers, key, policy=cast("Policy", policy))
    with log:
        yield log

"""The declaration of one system: everything a person can say in `keel.yaml`."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from keel.errors import DeclarationError
from keel.spec.decision import Decide
from keel.spec.declared import Declared
from keel.spec.duration import Duration, format_duration
from keel.spec.feature_set import UsedSet
from keel.spec.interactions import InteractionSpec
from keel.spec.kinds import LABELLED, Kind, TaskName
from keel.spec.log import START, WINDOW, LogSpec, is_log
from keel.spec.nearest import did_you_mean
from keel.spec.private import Private
from keel.spec.promise import PromiseText
from keel.spec.release import AT_ONCE, Steps
from keel.spec.time_form import TimeForm

Auto = Literal["auto"]


def _as_text(value: object) -> object:
    """YAML reads `yes` and `1` as a boolean and a number; a class name is always text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(_as_text)]


class TableSpec(Declared):
    """Where rows come from and which columns have a role. known_after: how long after its time a
    row is there to be read. arrived: the column that says when a row was there to be read.
    entities: columns of entities that are called otherwise here. log: how a log is cut into rows.
    """

    table: str
    query: str | None = None
    test: str | None = None
    columns: tuple[str, ...] | None = None
    missing: tuple[Text, ...] = ()
    key: str | None = None
    time: str | None = None
    known_after: Duration | None = None
    arrived: str | None = None
    entities: dict[str, str] = Field(default={})
    max_bad_share: float = Field(default=0.05, ge=0, le=1)
    log: LogSpec | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_log(cls, value: object) -> object:
        """A log is known by its name too; its windows have names and times."""
        if not isinstance(value, dict):
            return value
        said = dict(value)
        if "log" not in said and is_log(str(said.get("table", ""))):
            said["log"] = {}
        if said.get("log") is not None:
            said = {"key": WINDOW, "time": START, **said}
        return said


class LabelSpec(Declared):
    """What is to be learned, and how long after an example's time it becomes known."""

    column: str
    known_after: Duration | None = None
    positive: Text | None = None


class ColumnExpectation(Declared):
    """The contract of one column. `type` also settles its kind, and `form` how its times are
    written."""

    type: Kind | None = None
    form: TimeForm | None = None
    not_null: bool = False
    unique: bool = False
    min: float | None = None
    max: float | None = None
    values: tuple[Text, ...] | None = None
    regex: str | None = None
    fresh_within: Duration | None = None


Share = Annotated[float, Field(gt=0, lt=1)]


class SplitSpec(Declared):
    """How rows are divided. `auto`: by time if one is declared, else by group, else stratified.

    test: a share of the rows, or a length of time at the end. train: how far back is learned from,
    where the test part is a length of time. leave_out_known: of a group of which a positive was
    known when the day began, no row is asked that day.
    """

    by: Auto | Literal["time", "group", "random", "last"] = "auto"
    group: str | None = None
    test: Annotated[Share | Duration, Field(union_mode="left_to_right")] = 0.2
    folds: Auto | Annotated[int, Field(ge=1, le=20)] = "auto"
    train: Duration | None = None
    leave_out_known: bool = False

    @model_validator(mode="after")
    def _windows_by_time(self) -> Self:
        """Parts by length of time are of rows by time."""
        if isinstance(self.test, timedelta):
            if self.by not in ("auto", "time"):
                raise ValueError(
                    f"a test part of {format_duration(self.test)} is by time: leave `by` out, or "
                    "write a share of the rows, `test: 0.2`"
                )
            if not self.test or (self.train is not None and not self.train):
                raise ValueError("a part of no length holds no row: write a length, `7d`")
        elif self.train is not None:
            raise ValueError(
                "`train` is for parts by length of time: say how long the test part is, `test: 7d`"
            )
        elif self.leave_out_known:
            raise ValueError(
                "`leave_out_known` is for parts by length of time: say how long the test part is, "
                "`test: 7d`"
            )
        if self.leave_out_known and self.group is None:
            raise ValueError("`leave_out_known` is of groups: name their column, `group: COLUMN`")
        return self


class TrainSpec(Declared):
    """How to search for a model. `folds: 1` in the split means one validation part."""

    models: Auto | tuple[str, ...] = "auto"
    imbalance: Auto | str | tuple[str, ...] = "auto"
    calibration: Auto | Literal["none", "sigmoid", "isotonic", "temperature"] = "auto"
    metric: str = "auto"
    trials: int = Field(default=30, ge=1)
    minutes: float = Field(default=10, gt=0)
    seed: int = Field(default=7, ge=0, lt=2**32)
    threads: int | None = Field(default=None, ge=1)
    ignore: tuple[str, ...] = ()
    refit: bool = True


class CardSpec(Declared):
    """What only a person can say about a system; printed on the model card."""

    intended_use: str | None = None
    out_of_scope: str | None = None
    known_harms: str | None = None
    owner: str | None = None
    approval: str | None = None


class System(Declared):
    """One declared machine-learning system. use: files of shared features, until they have been
    read; sets: those that were. private: columns that are written as pseudonyms, or left out,
    where answers are kept."""

    system: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")
    description: str | None = None
    task: TaskName | None = None
    data: dict[str, TableSpec] = Field(min_length=1)
    entities: dict[str, str] = Field(default={})
    interactions: InteractionSpec | None = None
    label: LabelSpec | None = None
    features: dict[str, str] | None = None
    use: tuple[str, ...] = ()
    sets: dict[str, UsedSet] = Field(default={})
    expect: dict[str, ColumnExpectation] = Field(default={})
    split: SplitSpec = SplitSpec()
    train: TrainSpec = TrainSpec()
    decide: Decide | None = None
    private: Private = Field(default={})
    promises: tuple[PromiseText, ...] = ()
    strict: bool = False
    release: Steps = AT_ONCE
    card: CardSpec = CardSpec()

    @model_validator(mode="before")
    @classmethod
    def _read_use(cls, value: object) -> object:
        """`features: {use: shared/customer.yaml, amount: amount}`."""
        if not isinstance(value, dict) or not isinstance(value.get("features"), dict):
            return value
        features = dict(value["features"])
        if "use" not in features:
            return value
        use = features.pop("use")
        if isinstance(use, str):
            use = (use,)
        if not isinstance(use, list | tuple):
            raise ValueError(f"features.use is {use!r}: name a file, or a list of files")
        return {**value, "features": features, "use": use}

    @model_validator(mode="after")
    def _names_what_it_learns(self) -> Self:
        only_features = self.task is None and bool(self.features or self.use)
        if self.label is None and self.task in (None, *LABELLED) and not only_features:
            raise ValueError(
                "the key 'label' is missing: name the column to learn, `label: {column: NAME}`"
            )
        return self

    @model_validator(mode="after")
    def _decides_by_probabilities(self) -> Self:
        if self.task is not TaskName.DETECT:
            for rule in () if self.decide is None else self.decide.rules:
                if rule.kind == "threshold" and not 0 <= rule.level <= 1:
                    raise ValueError(
                        f"decide: {rule.text!r}: the threshold lies between 0 and 1, or 0% and "
                        "100%; only an anomaly score, of `task: detect`, goes further"
                    )
        return self

    @model_validator(mode="after")
    def _recommends_from_interactions(self) -> Self:
        if self.task is not TaskName.RECOMMEND:
            self._refuse_interactions()
            return self
        if self.interactions is None:
            raise ValueError(
                "the key 'interactions' is missing: say who did what with which item, "
                "`interactions: {user: COLUMN, item: COLUMN}`"
            )
        said = {
            "label": self.label is not None,
            "features": self.features is not None,
            "entities": bool(self.entities),
            "decide": self.decide is not None,
            "train.imbalance": self.train.imbalance != "auto",
            "train.calibration": self.train.calibration != "auto",
            "train.ignore": bool(self.train.ignore),
            "train.refit": not self.train.refit,
        }
        unread = [f"`{name}`" for name, is_said in said.items() if is_said]
        if unread:
            raise ValueError(
                f"{', '.join(unread)} is not for `recommend`, which learns from interactions"
            )
        if self.split.by == "group":
            raise ValueError("split.by: allowed for `recommend` are time, last, random and auto")
        self._check_side_tables(self.interactions)
        return self

    def _refuse_interactions(self) -> None:
        if self.interactions is not None:
            raise ValueError("`interactions` is for `task: recommend`")
        if self.split.by == "last":
            raise ValueError("split.by: `last` is for `task: recommend`")

    @model_validator(mode="after")
    def _reads_what_it_declares(self) -> Self:
        for name, table in self.data.items():
            for entity in table.entities:
                if entity not in self.entities:
                    near = did_you_mean(entity, self.entities) if self.entities else "none is"
                    raise ValueError(f"data.{name}.entities: {entity!r} is not an entity: {near}")
        if len(self.data) > 1 and self.task is not TaskName.RECOMMEND and not self.entities:
            raise ValueError(
                f"data names {len(self.data)} tables ({', '.join(self.data)}), but no entity by "
                "which to look one up for a row of another: `entities: {customer: customer_id}`"
            )
        return self

    def _check_side_tables(self, interactions: InteractionSpec) -> None:
        named = {"items": interactions.items, "users": interactions.users}
        others = list(self.data)[1:]
        for role, name in named.items():
            if name is not None and name not in others:
                near = did_you_mean(name, others) if others else "there is only one"
                raise ValueError(
                    f"interactions.{role}: {name!r} is not a table beside the events: {near}"
                )
            if name is not None and self.data[name].key is None:
                raise ValueError(
                    f"data.{name}: the key is missing: name the column that says which of the "
                    f"{role} a row is about, `key: COLUMN`"
                )
        unused = [name for name in others if name not in named.values()]
        if unused:
            raise ValueError(
                f"data.{unused[0]} is read by nothing: name it, "
                f"`interactions: {{items: {unused[0]}}}`, or leave it out"
            )

    @property
    def labelled(self) -> LabelSpec:
        """The label of a system that has one."""
        if self.label is None:
            raise DeclarationError(
                [f"{self.system} declares no label: add `label: {{column: NAME}}`"]
            )
        return self.label

    @property
    def interacting(self) -> InteractionSpec:
        """The interactions of a system that recommends."""
        if self.interactions is None:
            raise DeclarationError([f"{self.system} declares no interactions"])
        return self.interactions

    @property
    def target(self) -> str | None:
        """The column of the label, if one is declared."""
        return None if self.label is None else self.label.column

    @property
    def entity_columns(self) -> frozenset[str]:
        """Columns of the first table that say whose a row is, those that it has."""
        return frozenset({**self.entities, **self.table.entities}.values())

    @property
    def table(self) -> TableSpec:
        """The table that examples or events come from: the first."""
        return next(iter(self.data.values()))

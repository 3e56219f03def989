"""Stability: how alike fits on other rows rank the same cases. Needs no label."""

from keel.metrics.rank_agreement import agreement_metric

METRIC = agreement_metric(
    "stability",
    "refits",
    lacking="no fit on other rows answered these cases",
    definition=(
        "rank correlation (Spearman) of the anomaly scores with those of the same recipe fitted "
        "on parts of the training rows, the mean over them"
    ),
    source=(
        "Perini, Galvin and Vercruyssen 2020, A ranking stability measure for quantifying the "
        "robustness of anomaly detection methods, doi:10.1007/978-3-030-65965-3_27"
    ),
)

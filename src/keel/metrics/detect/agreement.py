"""Agreement: how alike the detector and others rank the same cases. Needs no label."""

from keel.metrics.rank_agreement import agreement_metric

METRIC = agreement_metric(
    "agreement",
    "rivals",
    lacking="no other detector answered these cases",
    definition=(
        "rank correlation (Spearman) of the anomaly scores with those of every other detector, "
        "the mean over them"
    ),
    source=(
        "Ma et al. 2023, The need for unsupervised outlier model selection, "
        "doi:10.1145/3606274.3606277, ModelCentrality"
    ),
)

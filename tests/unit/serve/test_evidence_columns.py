from keel.serve.evidence_columns import evidence_columns


def test_what_tells_examples_apart_and_what_promises_compare_is_needed() -> None:
    declaration = {
        "data": {"payments": {"table": "p.csv", "key": "tx_id", "entities": {"shop": "site"}}},
        "entities": {"customer": "customer_id", "shop": "shop_id"},
        "promises": [
            "demographic_parity_ratio by age_band >= 0.8",
            "precision at 100 per day of customer_id >= 0.3",
            "no leakage",
        ],
    }
    assert evidence_columns(declaration) == ("tx_id", "customer_id", "site", "age_band")


def test_a_declaration_that_says_nothing_needs_nothing() -> None:
    assert evidence_columns({"system": "petals"}) == ()

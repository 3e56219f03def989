"""How a system walks that detects anomalies among the rows of a table."""

"""Detectors: the choice between them, and the score from which a case is an alert."""

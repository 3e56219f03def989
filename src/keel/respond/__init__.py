"""Verdicts -> responses: what is done about a promise that is broken."""

"""Answers + what arrives -> alerts."""

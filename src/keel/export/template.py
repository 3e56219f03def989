"""Texts with places, where `$` and braces mean what they mean to others."""

from string import Template


class Text(Template):
    """`%{name}` is a place, `%%` a percent sign."""

    delimiter = "%"

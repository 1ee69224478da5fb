"""Figures of the book: functions that take data and return a matplotlib ``Figure``."""

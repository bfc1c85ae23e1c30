"""Tests of the dashboard and of its core."""

"""Ports in memory, for tests: written fakes that pass the same contract suites as the real ones."""

"""Histories: what clients asked of a system, and what they were told, in the order of events."""

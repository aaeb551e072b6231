"""A diagnostic: few questions, chosen as it goes, that tell where to begin (quiet)."""

"""WEATHER: apply load and faults to the live range."""

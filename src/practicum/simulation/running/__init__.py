"""One run of a protocol file, from a seed to a verdict, and a process that makes many."""

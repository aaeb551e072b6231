"""A tracker that somebody keeps by hand, read for what it claims, and held against what is so."""

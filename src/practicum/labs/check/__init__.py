"""A check of somebody's files: seen to load, put into a range, judged."""

"""The study: a learner's use cases, the same from a terminal and from the school's pages."""

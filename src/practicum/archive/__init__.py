"""The cellar: the only owner of the learner's event table."""

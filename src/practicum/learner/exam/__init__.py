"""Exams: what is asked, how it is graded, a sitting from start to result (quiet)."""

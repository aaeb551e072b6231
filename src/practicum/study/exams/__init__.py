"""Sitting exams: start, save answers, hand in, grade, see what came of it."""

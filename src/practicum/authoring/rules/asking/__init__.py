"""Rules for what a learner is asked: questions, cards, objectives and exams."""

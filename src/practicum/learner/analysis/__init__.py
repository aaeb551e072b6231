"""What the answers of many tell of an exam: how hard each question is, whether it tells apart who
knows more, and how far a result can be trusted (quiet)."""

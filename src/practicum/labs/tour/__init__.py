"""The tour: a real saga on real servers, killed in mid-payment, judged by evidence."""

"""SCALES: judge a recorded history: verdict and evidence. Quiet: no I/O, clock or chance."""

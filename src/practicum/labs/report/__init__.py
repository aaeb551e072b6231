"""A run as one HTML file: verdict, timeline, sagas drawn, and the evidence itself inside."""

"""Books parcels, sends them when the order is confirmed, and calls them back."""

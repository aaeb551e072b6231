"""Sequential specifications: what one client alone would see of an object."""

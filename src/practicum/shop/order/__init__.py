"""Takes orders and leads each to one end: confirmed, or cancelled with everything undone."""

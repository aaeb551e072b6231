"""How modules are judged: one by one, from memory where nothing has changed."""

"""The same four steps on other engines; each program runs in the engines' environment."""

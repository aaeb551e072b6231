"""The preview: a module as its readers will see it, beside what the linter finds in it."""

"""A module's Markdown: parsed into a lesson, with what is wrong in it, and shown as a page."""

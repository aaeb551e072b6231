"""From tokens to HTML that is safe on a page of ours, and how it looks."""

"""The ears: receive traces, metrics and logs, keep them within a size, and answer questions."""

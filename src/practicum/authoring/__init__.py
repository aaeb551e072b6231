"""The press: authors' tools that load, check and publish what is taught."""

"""Operations over HTTP: server, client, OpenAPI."""

"""The four steps as Practicum's services: an orchestrator and four participants."""

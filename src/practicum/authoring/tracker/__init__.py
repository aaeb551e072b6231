"""The tracker: what is written and proved, by what ran; and what somebody else's only claims."""

"""Questions on their way to other programs and from them: QTI 3.0 and GIFT."""

"""GIFT, the text format of questions that Moodle and others read: parsed and written."""

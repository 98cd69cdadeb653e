"""Finds or obtains external programs: `obtain` has locate, ensure and survey, `bundle` pack and unpack."""

"""Campaigns: nearly the same, posted by many actors; found, told to all, judged as one."""

"""Quotas of rules and the brake on rules that suddenly fire far above what is usual."""

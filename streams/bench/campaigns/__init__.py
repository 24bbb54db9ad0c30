"""Whether coordinated waves are caught among ordinary traffic: what is measured, and how."""

"""Files and addresses as people who mean harm make them, through what must survive them."""

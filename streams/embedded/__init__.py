"""Everything on one machine: the embedded broker and the processes of `tidegate up`."""

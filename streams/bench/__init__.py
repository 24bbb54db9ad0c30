"""Speed, latency, memory and cost of Tidegate, as ratios measured side by side in one run."""

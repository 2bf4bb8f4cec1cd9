"""Speed and memory at full size; printed, never asserted in a test."""

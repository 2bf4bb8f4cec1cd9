"""The smaller commands of ``zhaoren``, one topic per file."""

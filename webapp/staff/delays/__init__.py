"""Many flights of one airport that leave later by as much: fog, snow, a strike."""

"""Price alerts: journeys whose lowest price somebody follows, and hears about when it moves."""

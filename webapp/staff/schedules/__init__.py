"""The schedules that an airline's flights come from."""

"""What only a sandbox can do: clock, seed, reset, save, load, faults, truth, the shop."""

"""Daily budgets of ad groups: they are lowered here, never raised."""

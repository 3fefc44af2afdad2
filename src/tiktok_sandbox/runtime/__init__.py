"""What one running sandbox holds beside its world: limits, faults, the webhook courier."""

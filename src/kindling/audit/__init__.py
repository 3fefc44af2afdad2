"""What was done: the audit trail of the workspace, and the calls to TikTok."""

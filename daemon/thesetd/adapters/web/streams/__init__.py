"""Progress as server-sent events, live and replayed."""

"""The rows of providers' data: look-up, upsert, matching, predictions."""

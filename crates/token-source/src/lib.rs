//! Short-lived access tokens: fetched, cached, refreshed ahead of time.

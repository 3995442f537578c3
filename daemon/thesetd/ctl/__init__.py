"""thesetctl: a thin client over the control socket."""

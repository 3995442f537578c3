"""thesetd keeps a PostgreSQL database of artists, songs, shows and setlists in step with three providers."""

__version__ = "0.1.0"

"""PostgreSQL: connections, migrations, and every store."""

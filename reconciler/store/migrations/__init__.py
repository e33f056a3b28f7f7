"""How the tables came to be, one file per step; alembic runs them."""

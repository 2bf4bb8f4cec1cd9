"""What Alembic runs: the steps, on the connection and in the transaction it is handed."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], version_table="alembic_version"
)
with context.begin_transaction():
    context.run_migrations()

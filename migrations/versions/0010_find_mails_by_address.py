"""Find mails by the address that they went to."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index(op.f("ix_notifications_recipient"), "notifications", ["recipient"])


def downgrade():
    op.drop_index(op.f("ix_notifications_recipient"), table_name="notifications")

"""Find travellers by their names, as a register has them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

# Names must be filed as they are looked for, so by the code that looks for them.
from webapp.spelling import on_file

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME = sa.String(120).with_variant(
    mysql.VARCHAR(120, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)
PASSENGERS = sa.table(
    "passengers",
    sa.column("id"),
    sa.column("family_name"),
    sa.column("given_name"),
    sa.column("filed_name"),
)
AT_ONCE = 1_000


def upgrade():
    op.add_column("passengers", sa.Column("filed_name", NAME, nullable=True))
    _spell_names(op.get_bind())
    op.create_index(op.f("ix_passengers_filed_name"), "passengers", ["filed_name"])


def downgrade():
    op.drop_index(op.f("ix_passengers_filed_name"), table_name="passengers")
    op.drop_column("passengers", "filed_name")


def _spell_names(connection):
    of = PASSENGERS.c
    named = sa.select(of.id, of.family_name, of.given_name).where(of.family_name.is_not(None))
    spell = sa.update(PASSENGERS).where(of.id == sa.bindparam("of")).values(
        filed_name=sa.bindparam("name")
    )
    last = 0
    while rows := connection.execute(
        named.where(of.id > last).order_by(of.id).limit(AT_ONCE)
    ).all():
        names = [
            {"of": each.id, "name": on_file(each.family_name, each.given_name or "")[:120]}
            for each in rows
        ]
        connection.execute(spell, names)
        last = rows[-1].id

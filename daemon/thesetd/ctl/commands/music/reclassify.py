"""The command that derives every song again."""

import click

from thesetd.ctl import views
from thesetd.ctl.commands.imports import follow_import
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ports.surface.rows.songs import RECLASSIFY


@click.command()
@click.option("--follow", is_flag=True, help="Show the progress until it is done.")
@json_option
@pass_session
def reclassify(session: Session, *, follow: bool) -> None:
    """Classify every stored track and derive every song again, without calls to providers.

    Example: thesetctl reclassify --follow
    """
    reply = session.daemon.ask(RECLASSIFY)
    session.show(reply, lambda _: views.echo(f"reclassify: job {reply['job_id']}"))
    if follow:
        follow_import(session, reply["job_id"], "reclassify")

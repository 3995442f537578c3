"""The command that prints a shell's completion script, for both programs."""

import click


def completion(program: str) -> click.Command:
    """Make the command; it completes the commands and options of the group it is added to."""
    help_text = f"Print the completion script for SHELL.\n\nExample: {program} completion bash >> ~/.bashrc"

    @click.command("completion", help=help_text)
    @click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
    @click.pass_context
    def command(ctx: click.Context, shell: str) -> None:
        from click.shell_completion import get_completion_class  # noqa: PLC0415 - only this command needs it

        kind = get_completion_class(shell)
        assert kind is not None, "click knows the three shells"
        click.echo(kind(ctx.find_root().command, {}, program, f"_{program.upper()}_COMPLETE").source())

    return command


thesetctl = completion("thesetctl")

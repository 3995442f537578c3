"""The types of the TypeScript client."""

from clients_types import FILE, typescript


def test_the_types_are_those_of_the_description() -> None:
    """`src/types.ts` is generated: a member that is added, renamed or reworded is there, too."""
    assert FILE.read_text() == typescript(), "run make client-types"

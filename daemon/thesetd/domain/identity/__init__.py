"""Who is who at several providers: one identity for each artist, decided from what is known and never guessed.

`decide` (deciding.py) takes an `IdentityEvidence`: records as providers describe them, searches with their
completeness, the links in force, and people's words. It returns a `Verdict`: artists as sets of ids, links with rule,
strength and evidence, refusals, aliases, and reviews, which are questions to a person. Evidence counts from strong to
weak: a person's word; a link that the act publishes, if name and kind agree; two independent facts; a name that is the
only one at every provider. A bare name with a namesake links nothing. Each tier joins at once, so the order of arrival
never counts.

How a store uses it. It keeps six thin tables, which are the fields of `Book` (changes.py), and the log of people's
decisions (decisions.py), which is only ever appended to. For each import or sync, in one transaction:

1. read what is near: the ids in hand, ids linked with them or refused, and all records and searches of their names;
2. `verdict = decide(IdentityEvidence(...))` with the records and searches, the links, refusals and aliases of the
   book, and `word=effective(log)`;
3. `changes = change_set(book, verdict, key_of)`; write `changes.changes`, a row each with its value before and after;
4. for each of `changes.moves()`, give the shows, setlists and albums that came through this id to the target's row
   (a new stub if there is none), and announce it as an event;
5. add `identity_remarks(verdict, act, slug)` (sentences.py) to the import's message.

A command of a person appends an `Entry` and runs the same five steps with the changes kept under its number.
`artist undo N` appends an undo, writes the kept changes back, and decides again, which changes nothing
unless something else was learnt in between. Nothing is deleted: a row whose ids all left it stays and is marked.

Tested in tests/domain/identity
"""

"""Identities of artists at several providers: one for each artist, decided from evidence and never guessed.

`decide` (deciding.py) takes an `IdentityEvidence`: records as providers describe them, searches with their
completeness, the links in force, and operators' decisions. It returns a `Verdict`: artists as sets of ids, links with
rule, strength and evidence, refusals, aliases, and reviews, which are questions to an operator. Evidence counts from
strong to weak: an operator's decision; a link that the act publishes, if name and kind agree; two independent facts; a
name that is unique at every provider. A bare name with a namesake links nothing. Each tier joins all at once, so the
order of arrival never matters.

How a store uses it. It keeps six thin tables, which are the fields of `Book` (changes.py), and the append-only log of
operators' decisions (decisions.py). For each import or sync, in one transaction:

1. read what is related: the given ids, ids linked with them or refused, and all records and searches of their names;
2. `verdict = decide(IdentityEvidence(...))` with the records and searches, the links, refusals and aliases of the
   book, and `word=effective(log)`;
3. `changes = change_set(book, verdict, key_of)`; write `changes.changes`, a row each with its value before and after;
4. for each of `changes.moves()`, move the shows, setlists and albums that came through this id to the target's row (a
   new stub if there is none), and publish it as an event;
5. add `identity_remarks(verdict, act, slug)` (sentences.py) to the import's message.

An operator's command appends an `Entry` and runs the same five steps with the changes kept under its number. `artist
undo N` appends an undo, writes the kept changes back, and decides again, which changes nothing unless other facts were
learnt in between. Nothing is deleted: a row that lost all of its ids stays and is marked.

Tested in tests/domain/identity
"""

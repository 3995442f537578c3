-- Why two ids are linked, or not, is stored as a code; the sentence is made when it is shown. Sentences were stored, and one
-- that is worded better could not be read any more. A daemon of an earlier version that still runs is refused.

lock table thesetd.artist_links, thesetd.artist_reviews, thesetd.artist_changes in access exclusive mode;
create table thesetd.codes (words text primary key, code text not null);
insert into thesetd.codes values
    ('a person linked them', 'person'),
    ('linked by the act itself, names agree', 'published'),
    ('two independent facts agree', 'supported'),
    ('linked by the act itself, not read yet', 'claimed'),
    ('the only one of this name at every provider', 'unique_name'),
    ('the name alone', 'bare_name'),
    ('a tribute act links to the original', 'tribute'),
    ('the names disagree', 'other_name'),
    ('stands for no act', 'no_act'),
    ('contradicts a stronger link', 'contradicts'),
    ('a person took them apart', 'person'),
    ('equal evidence for two artists', 'contested'),
    ('none proven', 'unproven'),
    ('no longer the only one of this name', 'namesakes'),
    ('holds the names of other artists', 'several_names'),
    ('another name holds this one', 'part_of_name'),
    ('nothing of the known id is found under it', 'successor'),
    ('the provider no longer knows this id', 'gone'),
    ('the artist has no id, and others have its name', 'no_ids');
update thesetd.artist_links l set rule = n.code from thesetd.codes n where n.words = l.rule;
update thesetd.artist_reviews r set reason = n.code from thesetd.codes n where n.words = r.reason;
-- What a decision changed is kept as it was, and compared with the present rows when it is undone.
update thesetd.artist_changes c set
    before = c.before || coalesce((
        select jsonb_build_object(k.name, n.code) from thesetd.codes n where n.words = c.before ->> k.name
    ), '{}'),
    after = c.after || coalesce((
        select jsonb_build_object(k.name, n.code) from thesetd.codes n where n.words = c.after ->> k.name
    ), '{}')
from (values ('thesetd.artist_links', 'rule'), ('thesetd.artist_reviews', 'reason')) as k (table_name, name)
where c.table_name = k.table_name;
drop table thesetd.codes;
alter table thesetd.artist_links add check (rule ~ '^[a-z_]+$');
alter table thesetd.artist_reviews add check (reason ~ '^[a-z_]+$');
comment on column thesetd.artist_links.rule is 'why the two are one artist, or why they are not linked: a code';
comment on column thesetd.artist_reviews.reason is 'why it is not certain: a code';

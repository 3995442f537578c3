-- Copies of a concert that are sold again are told apart, and whether tickets of a show are sold now.

alter table shows drop constraint shows_sold_as_check;
alter table shows
    add constraint shows_sold_as_check check (sold_as in ('concert', 'addon', 'pass', 'copy', 'resale')),
    add column on_sale boolean;
comment on column shows.on_sale is 'whether its seller sells tickets now; null if it does not say';
update shows set sold_as = 'resale' where sold_as = 'concert' and ticketmaster_id like 'Z7r9jZ%';

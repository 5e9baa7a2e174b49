insert into outbox (key) values ('product:' || $1)

-- An Invalidator that hangs answers nothing and keeps its connections, and with them the rows that it has claimed: after ten seconds the
-- server ends its transactions, and others take the rows. Longer than a purge can take, whose calls fail after five. The second is for
-- a hang in the midst of reading. What is set for the role, the database or in the connection string's Options holds instead.
select set_config(name, '10s', false)
from pg_settings
where name in ('idle_in_transaction_session_timeout', 'tcp_user_timeout') and setting = '0'

-- An Invalidator that hangs answers nothing and keeps its transaction, and with it the rows that it has claimed: after ten seconds the server
-- ends it, and others take the rows. Longer than a purge can take, whose calls fail after five. The second is for a hang in the midst of
-- reading. For the transaction alone: a pooler may give the connection to an application next. What is set for the role, the database or
-- in the connection string's Options holds instead.
select set_config(name, '10s', true)
from unnest(array['idle_in_transaction_session_timeout', 'tcp_user_timeout']) name
where current_setting(name) = '0'

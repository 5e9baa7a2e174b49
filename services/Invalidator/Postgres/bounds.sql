-- An Invalidator that hangs keeps its transaction open and its claimed rows locked. PostgreSQL ends the session after ten seconds, and
-- other Invalidators claim the rows. A purge ends earlier: its calls fail after five seconds. tcp_user_timeout covers a hang while a result
-- is read. Both settings apply only to this transaction, because a pooler may hand the connection to an application next. Values set for
-- the role, the database or in the connection string's Options take precedence.
select set_config(name, '10s', true)
from unnest(array['idle_in_transaction_session_timeout', 'tcp_user_timeout']) name
where current_setting(name) = '0'

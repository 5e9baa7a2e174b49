-- Makes this transaction's commit wait for the disk where the role's or database's setting would not.
select set_config('synchronous_commit', 'local', true) where current_setting('synchronous_commit') = 'off'

using Npgsql;

namespace LastMile.Events.Chaos.Faults;

/// <summary>Faults of PostgreSQL.</summary>
internal static class PostgresFaults
{
    /// <summary>Kills PostgreSQL without a checkpoint, so it recovers from its WAL, as after an immediate shutdown or a crash.</summary>
    public static async Task<Func<Task>> KillAsync(Scene scene, string target)
    {
        var process = scene.Servers.Postgres.Process;
        await process.KillAsync();
        return () => process.StartAsync();
    }

    public static async Task<Func<Task>> RestartAsync(Scene scene, string target)
    {
        var process = scene.Servers.Postgres.Process;
        await process.StopAsync();
        return () => process.StartAsync();
    }

    public static async Task<Func<Task>> CutConnectionsAsync(Scene scene, string target)
    {
        await scene.ExecuteAsync(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename is not null");
        return () => Task.CompletedTask;
    }

    /// <summary>Ends the connection that reads the stream, which drops its temporary slot.</summary>
    public static async Task<Func<Task>> DropSlotAsync(Scene scene, string target)
    {
        await scene.ExecuteAsync("select pg_terminate_backend(active_pid) from pg_replication_slots where active_pid is not null");
        return () => Task.CompletedTask;
    }

    /// <summary>Makes every insert into the purge log fail with PostgreSQL's disk-full error.</summary>
    public static async Task<Func<Task>> FillLogAsync(Scene scene, string target)
    {
        await scene.ExecuteAsync(
            "create or replace trigger chaos_disk_full before insert on lastmile.purge_log execute function chaos.refuse()");
        return () => scene.ExecuteAsync("drop trigger if exists chaos_disk_full on lastmile.purge_log");
    }

    /// <summary>Leaves a transaction idle after it changed a product. When it commits, its change must be purged like any other.</summary>
    public static async Task<Func<Task>> LeaveOpenAsync(Scene scene, string target)
    {
        var connection = scene.Administrator.CreateConnection();
        await Scene.RetryWhileDownAsync<NpgsqlException>(async () =>
        {
            await connection.CloseAsync();
            await connection.OpenAsync();
            await RunAsync(connection, "begin; update products set price = price + 1 where id = (select min(id) from products)");
        });
        return async () =>
        {
            await using (connection)
            {
                try
                {
                    await RunAsync(connection, "commit");
                }
                catch (Exception lost) when (lost is NpgsqlException or InvalidOperationException)
                {
                    // Another fault has ended the connection, and with it the transaction.
                }
            }
        };
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}

using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Testing;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

public sealed class TransactionKeepAliveTests(SharedServers servers)
{
    [Fact]
    public async Task The_connection_stays_active_while_the_work_runs()
    {
        await using var source = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync());
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        var (time, work) = (new FakeTimeProvider(), new TaskCompletionSource());

        var working = TransactionKeepAlive.WhileAsync(connection, _ => work.Task, time, CancellationToken.None);
        var begun = await LastQueryAsync(source, connection.ProcessID);
        await Eventually.Async(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(3));
            return await LastQueryAsync(source, connection.ProcessID) > begun;
        });

        work.SetResult();
        await working;
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_lost_transaction_ends_the_work()
    {
        await using var source = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync());
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var (time, process) = (new FakeTimeProvider(), connection.ProcessID);

        var working = TransactionKeepAlive.WhileAsync(
            connection, token => Task.Delay(Timeout.Infinite, token), time, CancellationToken.None);
        await using var end = source.CreateCommand($"select pg_terminate_backend({process})");
        await end.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await Eventually.Async(() =>
        {
            time.Advance(TimeSpan.FromSeconds(3));
            return working.IsCompleted;
        });

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => working);
    }

    private static async Task<DateTime> LastQueryAsync(NpgsqlDataSource source, int process)
    {
        await using var command = source.CreateCommand($"select query_start from pg_stat_activity where pid = {process}");
        return (DateTime)(await command.ExecuteScalarAsync())!;
    }
}

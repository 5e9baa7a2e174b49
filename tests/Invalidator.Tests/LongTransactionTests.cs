using System.Data;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Sessions that keep a transaction open, with changes in it or with an old view of the data.</summary>
public sealed class LongTransactionTests(SharedServers servers)
{
    [Fact]
    public async Task They_delay_nobody_elses_purges()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await using var reader = await world.Source.OpenConnectionAsync(cancellationToken);
        await using var looking = await reader.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await ExecuteAsync(reader, "select count(*) from products");
        await using var writer = await world.Source.OpenConnectionAsync(cancellationToken);
        await using var changing = await writer.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(writer, "insert into products values (1, 'one', 1)");

        string[] others = [.. Enumerable.Range(2, 200).Select(n => $"product:{n}")];
        await world.CacheAsync(["product:1", .. others]);
        await world.ExecuteAsync("insert into products select n, 's' || n, 1 from generate_series(2, 101) n");
        await world.ExecuteAsync("do $$ begin for n in 102..201 loop insert into products values (n, 's' || n, 1); commit; end loop; end $$");

        await world.GoneAsync(others);
        Assert.True(await world.IsCachedAsync("product:1"));
        await changing.CommitAsync(cancellationToken);
        await world.GoneAsync("product:1");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

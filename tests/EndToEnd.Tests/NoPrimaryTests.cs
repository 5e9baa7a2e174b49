using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>
/// A system without a Redis primary: PostgreSQL, RabbitMQ, an Invalidator, and agents beside the Redis of independent regions.
/// </summary>
public sealed class NoPrimaryTests
{
    private const int Products = 100;

    [Fact]
    public async Task A_committed_change_is_purged_in_every_region()
    {
        await using var system = await StartAsync(ServerAddresses.FromEnvironment());
        var regions = await ConnectAsync(system);
        await using var database = NpgsqlDataSource.Create(system.Database.ConnectionString);
        await SettleAsync(regions, database);

        await FillAsync(regions, "product:1", "product:2");
        await ChangeAsync(database, 1);

        foreach (var region in regions)
        {
            await region.GoneAsync("product:1");
            Assert.Equal(1, await region.HeldAsync("product:2"));
            await region.IsHealthyAsync();
        }

        await DisposeAsync(regions);
    }

    [Fact]
    public async Task A_restored_database_leaves_no_stale_entry()
    {
        Assert.SkipWhen(
            await ServerChoice.DecideAsync(TestContext.Current.CancellationToken) == ServerSource.Docker,
            "The data folder of a container can't be copied.");
        await using var system = await StartAsync(shared: null);
        var regions = await ConnectAsync(system);
        await using var database = NpgsqlDataSource.Create(system.Database.ConnectionString);
        var postgres = system.Servers.Postgres.Process;
        await using var superuser = NpgsqlDataSource.Create(system.Servers.Postgres.ConnectionString + ";Pooling=false");
        var data = await ScalarAsync(superuser, "show data_directory");
        await SettleAsync(regions, database);

        await FillAsync(regions, "product:1");
        await ChangeAsync(database, 1);
        await Task.WhenAll(regions.Select(region => region.GoneAsync("product:1")));
        await postgres.StopAsync();
        await CopyAsync(data, data + "-old");
        await postgres.StartAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(regions.Select(region => region.IsHealthyAsync()));

        // These entries hold values that the old copy lacks.
        await FillAsync(regions, "product:2", "product:3");
        await Eventually.Async(() => TryChangeAsync(database, 2));
        await Task.WhenAll(regions.Select(region => region.GoneAsync("product:2")));
        await FillAsync(regions, "product:2", "product:4");
        await postgres.StopAsync();
        await CopyAsync(data + "-old", data);
        await postgres.StartAsync(TestContext.Current.CancellationToken);

        await Task.WhenAll(regions.Select(region => region.GoneAsync("product:2", "product:3", "product:4")));
        await Eventually.Async(() => TryChangeAsync(database, 5));
        // A region that is ahead of the log drops its cache, and may drop it again when an Invalidator that is ahead opens another epoch.
        await Eventually.Async(() => PurgesOneKeyAsync(regions, database));
        await DisposeAsync(regions);
    }

    private static Task<LastMileSystem> StartAsync(ServerAddresses? shared) => LastMileSystem.StartAsync(
        new FabricOptions { Primary = false, Regions = ["gru", "iad"], Independent = ["gru", "iad"], Shared = shared },
        Products,
        cancellationToken: TestContext.Current.CancellationToken);

    private static Task<RunningRegion[]> ConnectAsync(LastMileSystem system) => Task.WhenAll(
        system.Servers.Regions.Select(region => RunningRegion.ConnectAsync(region, system.Agents[region.Name])).ToArray());

    private static async Task DisposeAsync(RunningRegion[] regions)
    {
        foreach (var region in regions)
            await region.DisposeAsync();
    }

    // Waits until the products' own inserts are purged.
    private static async Task SettleAsync(RunningRegion[] regions, NpgsqlDataSource database)
    {
        await Eventually.Async(() => ScalarAsync(database, "select count(*)::text from lastmile.outbox"), waiting => waiting == "0");
        await Task.WhenAll(regions.Select(region => region.IsHealthyAsync()));
    }

    private static Task FillAsync(RunningRegion[] regions, params string[] keys) =>
        Task.WhenAll(regions.Select(region => region.FillAsync(keys)));

    private static async Task ChangeAsync(NpgsqlDataSource database, int id) =>
        Assert.EndsWith(
            "!",
            await ScalarAsync(database, $"update products set name = name || '!' where id = {id} returning name"),
            StringComparison.Ordinal);

    private static async Task<bool> PurgesOneKeyAsync(RunningRegion[] regions, NpgsqlDataSource database)
    {
        await FillAsync(regions, "product:5", "product:6");
        await ChangeAsync(database, 5);
        await Task.WhenAll(regions.Select(region => region.GoneAsync("product:5")));
        return (await Task.WhenAll(regions.Select(region => region.HeldAsync("product:6")))).All(held => held == 1);
    }

    // A pooled connection of a server that has stopped fails once.
    private static async Task<bool> TryChangeAsync(NpgsqlDataSource database, int id)
    {
        try
        {
            await ChangeAsync(database, id);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task<string> ScalarAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    // With owners and permissions.
    private static async Task CopyAsync(string from, string to)
    {
        if (Directory.Exists(to))
            Directory.Delete(to, recursive: true);
        using var copy = System.Diagnostics.Process.Start("cp", ["-a", from, to]);
        await copy.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, copy.ExitCode);
    }
}

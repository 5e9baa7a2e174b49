using System.Net;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class ReadinessTests(SharedServers servers)
{
    [Fact]
    public async Task The_service_is_ready_only_after_it_has_read_the_purge_rules()
    {
        await using var world = await World.CreateAsync(servers);
        await using var holding = await world.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var hold = holding.CreateCommand();
        hold.CommandText = "begin; lock table lastmile.purge_rule in access exclusive mode";
        await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await using var invalidator = await RunningInvalidator.StartAsync(world);

        await invalidator.Log.HasAsync("Epoch 1 begins");
        var (status, body) = await invalidator.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("postgres has not answered yet", body.ToString(), StringComparison.Ordinal);
        await holding.CloseAsync();
        await invalidator.ReadyAsync();
        Assert.Contains(invalidator.Log.Lines, line => line.Contains("Purge rules read", StringComparison.Ordinal));
    }
}

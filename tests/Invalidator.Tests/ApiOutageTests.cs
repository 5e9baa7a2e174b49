using System.Net;
using LastMile.Events.Invalidator.Intake.Http;
using LastMile.Events.Testing;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xunit;

namespace Invalidator.Tests;

[RunsFirst]
public sealed class ApiOutageTests(SharedServers servers)
{
    // Requests time out after five seconds on this clock.
    private static readonly Action<IServiceCollection> FastRequestTimeouts = FastClock.For(3, typeof(RequestedPurges));

    [Fact]
    public async Task A_purge_fails_and_names_a_primary_that_does_not_answer()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, FastRequestTimeouts);
        await world.Primary.Process.KillAsync();

        var answers = await Task.WhenAll(invalidator.PurgeAsync("""{"keys":["a"]}"""), invalidator.PurgeAsync("""{"prefix":"a"}"""));
        var (byKey, byPrefix) = (answers[0], answers[1]);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (byKey.Status, byPrefix.Status));
        Assert.Matches(
            "^redis-primary does not answer: .+Check that it runs and that Redis:ConnectionString is right\\. "
                + "The purge may have been applied; repeating it is harmless\\.$",
            byKey.Detail);
        Assert.StartsWith("redis-primary does not answer", byPrefix.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_purge_that_cannot_be_logged_fails_and_names_PostgreSQL()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, FastRequestTimeouts);
        // Warms up the service: a slow first attempt could time out before PostgreSQL refuses it.
        Assert.Equal(HttpStatusCode.Accepted, (await invalidator.PurgeAsync("""{"keys":["a"]}""")).Status);
        await world.ExecuteAsync("alter table lastmile.purge_log rename to elsewhere");

        var answer = await invalidator.PurgeAsync("""{"keys":["a"]}""");
        var receipt = await invalidator.SendAsync(HttpMethod.Get, $"/purges/{Guid.Empty}");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (answer.Status, receipt.Status));
        Assert.Matches(
            "(?s)^postgres does not answer: .+purge_log.+The purge may have been applied; repeating it is harmless\\.$", answer.Detail);
        Assert.StartsWith("postgres does not answer", receipt.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_purge_is_retried_in_a_new_epoch_after_the_primary_loses_its_data()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await using var primary = await ConnectionMultiplexer.ConnectAsync(world.Primary.Endpoint + ",allowAdmin=true");
        Assert.Equal("1-1", (await invalidator.PurgeAsync("""{"keys":["a"]}""")).Watermark);
        await primary.GetDatabase().ExecuteAsync("FLUSHALL");

        var answer = await invalidator.PurgeAsync("""{"keys":["a"]}""");

        Assert.Equal((HttpStatusCode.Accepted, "2-1"), (answer.Status, answer.Watermark));
    }
}

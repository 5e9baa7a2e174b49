using System.Net;
using LastMile.Events.Invalidator.Intake.Http;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Testing;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xunit;

namespace Invalidator.Tests;

[StartsFirst]
public sealed class ApiOutageTests(SharedServers servers)
{
    // Requests are given up after five seconds of their clock.
    private static readonly Action<IServiceCollection> ImpatientPurges = FastClock.For(3, typeof(RequestedPurges));

    [Fact]
    public async Task A_purge_that_the_primary_does_not_answer_is_given_up_and_names_it()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, ImpatientPurges);
        await world.Primary.Process.KillAsync();

        var answers = await Task.WhenAll(invalidator.PurgeAsync("""{"keys":["a"]}"""), invalidator.PurgeAsync("""{"prefix":"a"}"""));
        var (answer, scan) = (answers[0], answers[1]);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (answer.Status, scan.Status));
        Assert.Matches("^redis-primary does not answer: .+Check that it runs and that Redis:ConnectionString is right\\. The purge may have been applied; repeating it is harmless\\.$", answer.Detail);
        Assert.StartsWith("redis-primary does not answer", scan.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_purge_that_can_not_be_logged_is_given_up_and_names_PostgreSQL()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, ImpatientPurges);
        // A first attempt that is slow, because nothing is warm, would not have failed in time.
        Assert.Equal(HttpStatusCode.Accepted, (await invalidator.PurgeAsync("""{"keys":["a"]}""")).Status);
        await world.ExecuteAsync("alter table lastmile.purge_log rename to elsewhere");

        var answer = await invalidator.PurgeAsync("""{"keys":["a"]}""");
        var receipt = await invalidator.SendAsync(HttpMethod.Get, $"/purges/{Guid.Empty}");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (answer.Status, receipt.Status));
        Assert.Matches("(?s)^postgres does not answer: .+purge_log.+The purge may have been applied; repeating it is harmless\\.$", answer.Detail);
        Assert.StartsWith("postgres does not answer", receipt.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_purge_after_the_primary_has_lost_its_data_is_tried_again_in_a_new_epoch()
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

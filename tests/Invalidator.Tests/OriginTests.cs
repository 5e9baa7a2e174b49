using System.Collections.Concurrent;
using System.Diagnostics;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests that a change's trace and actor reach the announcement, from the application's transaction or message.</summary>
public sealed class OriginTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string Trace = "00-" + TraceId + "-b7ad6b7169203331-01";

    private readonly World world = running.World;

    [Fact]
    public async Task A_changes_trace_and_actor_reach_the_log_and_the_bus()
    {
        await world.ExecuteAsync(
            $"""
            begin;
            select set_config('lastmile.traceparent', '{Trace}', true), set_config('lastmile.actor', 'user:42', true);
            insert into products values (1, 'a', 1);
            update products set slug = 'b' where id = 1;
            commit;
            """);

        var announced = await AnnouncedAsync("product:1");

        Assert.Equal([new ChangeOrigin(Trace, "user:42")], announced.Origins);
        Assert.Equal(
            $$"""[{"actor": "user:42", "traceParent": "{{Trace}}"}]""",
            await world.ScalarAsync<string>($"select origins::text from lastmile.purge_log where id = '{announced.BatchId}'"));
    }

    [Fact]
    public async Task A_change_without_trace_and_actor_has_no_origin()
    {
        await world.ExecuteAsync("insert into products values (2, 'a', 1)");

        Assert.Empty((await AnnouncedAsync("product:2")).Origins);
    }

    [Fact]
    public async Task A_purge_is_linked_to_the_traces_of_its_changes()
    {
        var traces = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "LastMile",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
                traces.Enqueue(string.Join(' ', activity.Links.Select(link => link.Context.TraceId.ToHexString()))),
        };
        ActivitySource.AddActivityListener(listener);

        await world.ExecuteAsync(
            $"""
            begin;
            set local lastmile.traceparent = '{Trace}';
            insert into products values (3, 'a', 1);
            set local lastmile.traceparent = '00-no-trace';
            update products set slug = 'b' where id = 3;
            commit;
            """);

        await Eventually.Async(() => traces.Contains(TraceId, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_hostile_trace_and_actor_harm_nothing()
    {
        await world.CacheAsync("product:4");

        await world.ExecuteAsync(
            """
            begin;
            select set_config('lastmile.traceparent', repeat('é', 1000000), true),
                set_config('lastmile.actor', E'\x1b[2J' || repeat('🛒', 1000000), true);
            insert into products values (4, 'a', 1);
            commit;
            """);

        await world.GoneAsync("product:4");
        var origin = Assert.Single((await AnnouncedAsync("product:4")).Origins);
        Assert.Null(origin.TraceParent);
        Assert.StartsWith("\ufffd[2J🛒", origin.Actor, StringComparison.Ordinal);
        Assert.InRange(origin.Actor!.Length, 199, Limits.ActorLength);
    }

    [Fact]
    public async Task A_messages_trace_and_actors_reach_the_bus()
    {
        await running.Bus.PublishAsync(
            new EntitiesChanged(
            [
                new EntityChanged("Page") { Keys = ["page:1"], Actor = "editor" },
                new EntityChanged("Page") { Keys = ["page:2"], Actor = "a\0b" },
            ]),
            Trace);

        var announced = await AnnouncedAsync("page:1");

        Assert.Equal(
            [new ChangeOrigin(Trace, "a\ufffdb"), new ChangeOrigin(Trace, "editor")],
            announced.Origins.OrderBy(origin => origin.Actor, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_batch_announced_from_the_log_keeps_its_origins()
    {
        await world.ExecuteAsync(
            $$"""
            insert into lastmile.purge_log (id, epoch, sequence, keys, tags, applied_at, origins)
            values (gen_random_uuid(), 9, 1, '{late}', '{}', now() - interval '1 minute', '[{"traceParent": "{{Trace}}", "actor": null}]')
            """);

        Assert.Equal([new ChangeOrigin(Trace, null)], (await AnnouncedAsync("late")).Origins);
    }

    private Task<PurgeApplied> AnnouncedAsync(string key) =>
        running.Bus.AnnouncedAsync(purge => purge.Keys.Contains(key, StringComparer.Ordinal));
}

using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests one claim of many rows, with a single worker, because two concurrent claims would share the rows.</summary>
public sealed class ClaimTests(ClaimTests.OneWorker running) : IClassFixture<ClaimTests.OneWorker>
{
    private readonly World world = running.World;

    [Fact]
    public async Task A_large_change_is_purged_in_several_batches_with_each_name_in_only_one()
    {
        await world.CacheAsync("bulk:1", "bulk:12000");
        await world.ExecuteAsync("create table bulk (id int); select lastmile.track('bulk', 'Bulk', array['bulk:{id}'], array['bulk'])");

        await world.ExecuteAsync("insert into bulk select generate_series(1, 12000)");

        await world.GoneAsync("bulk:1", "bulk:12000");
        Assert.Equal(
            "5000/1 5000/0 2000/0",
            await Eventually.Async(
                () => world.ScalarAsync<string>(
                    "select coalesce(string_agg(cardinality(keys) || '/' || cardinality(tags), ' ' order by sequence), '') "
                    + "from lastmile.purge_log where keys[1] like 'bulk:%'"),
                text => text.Length > 0));
    }

    [Fact]
    public async Task Repeated_capture_failures_renew_the_entitys_tag_and_are_quarantined_once()
    {
        await world.ExecuteAsync(
            "create table pages (id int, path text); select lastmile.track('pages', 'Page', array['page:{path}']); "
            + "alter table pages rename path to url");

        // Ages the rows before the commit, so that one claim takes them all: a claim leaves rows younger than 100 ms to the stream.
        await world.ExecuteAsync(
            "begin; " + string.Concat(Enumerable.Repeat("insert into pages values (1, 'a'); ", 20))
            + "update lastmile.outbox set created_at = now() - interval '1 minute' where entity = 'Page'; commit");

        await world.RenewedAsync("Page");
        var reasons = await Eventually.Async(
            () => world.ScalarAsync<string>(
                "select coalesce(string_agg(reason, '|'), '') from lastmile.outbox_quarantine where entity = 'Page'"),
            text => text.Length > 0);
        Assert.StartsWith("capture of 'Page' failed: ", reasons, StringComparison.Ordinal);
        Assert.Contains("path", reasons, StringComparison.Ordinal);
        Assert.EndsWith(
            "select * from lastmile.audit() says how to fix it; until then, each such change purges the whole tag",
            reasons,
            StringComparison.Ordinal);
        Assert.DoesNotContain("|", reasons, StringComparison.Ordinal);
    }

    /// <summary>An Invalidator that claims with one worker.</summary>
    public sealed class OneWorker(SharedServers servers) : PurgingInvalidator(servers, ("Invalidator:Workers", "1"));
}

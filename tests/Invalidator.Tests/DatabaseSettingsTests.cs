using System.Net;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Databases that are set up in another way than most.</summary>
public sealed class DatabaseSettingsTests(SharedServers servers)
{
    [Fact]
    public async Task Where_transactions_are_repeatable_read_by_default_all_is_purged_and_logged()
    {
        await using var world = await World.CreateAsync(servers);
        await world.ExecuteAsync("do $$ begin execute format('alter database %I set default_transaction_isolation = %L', current_database(), 'repeatable read'); end $$");
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, ("Invalidator:DoubleDeleteAfter", "00:00:01"));
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await world.CacheAsync("product:1", "asked", "published");

        await world.ExecuteAsync("insert into products values (1, 'shoe', 1)");
        await invalidator.PurgeAsync("""{"keys":["asked"]}""");
        await bus.PublishAsync(new EntityChanged("Page") { Keys = ["published"] });

        await world.GoneAsync("product:1", "asked", "published");
        // Each of the three, and a second pass of all.
        await Eventually.Async(() => world.ScalarAsync<bool>("select count(*) > 3 and bool_and(double_delete_at is null) from lastmile.purge_log"));
    }

    [Fact]
    public async Task A_text_that_is_not_UTF_8_goes_to_quarantine_and_holds_nothing_up()
    {
        await using var world = await World.CreateEncodedAsync(servers, "SQL_ASCII");
        // Before the Invalidator is there: both are in one claim.
        await world.ExecuteAsync("insert into products values (1, E'caf\\xe9', 1)");
        await world.ExecuteAsync("insert into products select n, 'größe' || n, 1 from generate_series(2, 200) n");
        await world.CacheAsync("product:200", "slug:größe200");

        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);

        await world.GoneAsync("product:200", "slug:größe200");
        await world.RenewedAsync("Product");
        await world.TakenAsync();
        Assert.StartsWith("it holds bytes that are not UTF-8", await world.ScalarAsync<string>("select min(reason) from lastmile.outbox_quarantine"), StringComparison.Ordinal);
        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from lastmile.outbox_quarantine"));
    }

    [Fact]
    public async Task Texts_of_another_encoding_are_purged_and_what_no_key_may_hold_is_kept_aside()
    {
        await using var world = await World.CreateEncodedAsync(servers, "LATIN1");
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await world.CacheAsync("product:1", "slug:größe");

        await world.ExecuteAsync("insert into products values (1, 'größe', 1)");
        await world.ExecuteAsync("insert into products values (2, repeat('x', 2000) || chr(7), 1)");

        await world.GoneAsync("product:1", "slug:größe");
        await world.RenewedAsync("Product");
        await world.TakenAsync();
        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from lastmile.outbox_quarantine"));
    }

    [Fact]
    public async Task A_name_that_the_encoding_lacks_is_refused_and_such_an_actor_is_not()
    {
        await using var world = await World.CreateEncodedAsync(servers, "LATIN1");
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await world.CacheAsync("product:1", "slug:größe");

        await bus.PublishAsync(new EntityChanged("Product") { Keys = ["slug:尺寸"] });
        await bus.PublishAsync(new EntityChanged("Product") { Keys = ["slug:größe"], Actor = "用户" });
        await world.GoneAsync("slug:größe");
        Assert.Contains("encoding, LATIN1, lacks", await bus.NextErrorAsync(), StringComparison.Ordinal);

        var refused = await invalidator.PurgeAsync("""{"tags":["größe","尺寸"]}""");
        Assert.StartsWith("tags[1]: '尺寸' contains a character that the database's encoding, LATIN1, lacks", refused.Detail, StringComparison.Ordinal);
        var accepted = await invalidator.PurgeAsync("""{"keys":["product:1"],"actor":"用户"}""");
        Assert.Equal(HttpStatusCode.Accepted, accepted.Status);
        Assert.Equal(2, await world.ScalarAsync<long>("select count(*) from lastmile.purge_log where origins::text like '%??%'"));
    }

    // A literal that the database's encoding does not have fails the statement.
    [Fact]
    public void The_SQL_is_ASCII()
    {
        var assembly = typeof(LastMile.Events.Invalidator.InvalidatorOptions).Assembly;
        Assert.All(
            assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)),
            name =>
            {
                using var sql = new StreamReader(assembly.GetManifestResourceStream(name)!);
                Assert.True(System.Text.Ascii.IsValid(sql.ReadToEnd()), name);
            });
    }
}

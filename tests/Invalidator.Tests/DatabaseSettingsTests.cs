using System.Net;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests databases with unusual settings.</summary>
public sealed class DatabaseSettingsTests(SharedServers servers)
{
    [Fact]
    public async Task Purges_are_applied_and_logged_when_repeatable_read_is_the_default()
    {
        await using var world = await World.CreateAsync(servers);
        await world.ExecuteAsync(
            "do $$ begin execute format("
            + "'alter database %I set default_transaction_isolation = %L', current_database(), 'repeatable read'); end $$");
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, ("Invalidator:DoubleDeleteAfter", "00:00:01"));
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await world.CacheAsync("product:1", "requested", "published");

        await world.ExecuteAsync("insert into products values (1, 'shoe', 1)");
        await invalidator.PurgeAsync("""{"keys":["requested"]}""");
        await bus.PublishAsync(new EntityChanged("Page") { Keys = ["published"] });

        await world.GoneAsync("product:1", "requested", "published");
        // The log contains the three purges first, and later also their second deletes.
        await Eventually.Async(
            () => world.ScalarAsync<bool>("select count(*) > 3 and bool_and(double_delete_at is null) from lastmile.purge_log"));
    }

    [Fact]
    public async Task Text_that_is_not_UTF_8_is_quarantined_and_blocks_nothing()
    {
        await using var world = await World.CreateEncodedAsync(servers, "SQL_ASCII");
        // Writes both rows before the Invalidator starts, so that one claim gets both.
        await world.ExecuteAsync("insert into products values (1, E'caf\\xe9', 1)");
        await world.ExecuteAsync("insert into products select n, 'größe' || n, 1 from generate_series(2, 200) n");
        await world.CacheAsync("product:200", "slug:größe200");

        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);

        await world.GoneAsync("product:200", "slug:größe200");
        await world.RenewedAsync("Product");
        await world.OutboxEmptyAsync();
        Assert.StartsWith(
            "it holds bytes that are not UTF-8",
            await world.ScalarAsync<string>("select min(reason) from lastmile.outbox_quarantine"),
            StringComparison.Ordinal);
        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from lastmile.outbox_quarantine"));
    }

    [Fact]
    public async Task Text_in_another_encoding_is_purged_and_an_invalid_key_is_quarantined()
    {
        await using var world = await World.CreateEncodedAsync(servers, "LATIN1");
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await world.CacheAsync("product:1", "slug:größe");

        await world.ExecuteAsync("insert into products values (1, 'größe', 1)");
        await world.ExecuteAsync("insert into products values (2, repeat('x', 2000) || chr(7), 1)");

        await world.GoneAsync("product:1", "slug:größe");
        await world.RenewedAsync("Product");
        await world.OutboxEmptyAsync();
        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from lastmile.outbox_quarantine"));
    }

    [Fact]
    public async Task A_name_outside_the_encoding_is_refused_but_an_actor_is_accepted()
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
        Assert.StartsWith(
            "tags[1]: '尺寸' contains a character that the database's encoding, LATIN1, lacks", refused.Detail, StringComparison.Ordinal);
        var accepted = await invalidator.PurgeAsync("""{"keys":["product:1"],"actor":"用户"}""");
        Assert.Equal(HttpStatusCode.Accepted, accepted.Status);
        Assert.Equal(2, await world.ScalarAsync<long>("select count(*) from lastmile.purge_log where origins::text like '%??%'"));
    }

    // A statement fails if it contains a literal outside the database's encoding.
    [Fact]
    public void The_SQL_is_ASCII()
    {
        var assembly = typeof(LastMile.Events.Invalidator.Configuration.InvalidatorOptions).Assembly;
        Assert.All(
            assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)),
            name =>
            {
                using var sql = new StreamReader(assembly.GetManifestResourceStream(name)!);
                Assert.True(System.Text.Ascii.IsValid(sql.ReadToEnd()), name);
            });
    }
}

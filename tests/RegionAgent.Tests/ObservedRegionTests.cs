using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Observed;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class ObservedRegionTests
{
    private readonly ObservedRegion observed = new(new FakeTimeProvider());

    [Fact]
    public void An_announcement_does_not_change_the_observed_watermark()
    {
        observed.RecordLook(Look(5));

        observed.Announced();

        Assert.Equal((1, new Watermark(1, 5)), (observed.Announcements, observed.Current.Shown));
    }

    [Fact]
    public void A_look_may_show_an_older_watermark()
    {
        observed.RecordLook(Look(5));

        observed.RecordLook(Look(2));

        Assert.Equal(new Watermark(1, 2), observed.Current.Shown);
    }

    [Fact]
    public void Looked_is_raised_for_a_new_watermark_or_error_count()
    {
        var raised = new List<(Watermark, Watermark, long)>();
        observed.Looked += (_, look) => raised.Add((look.Before, look.Look.Shown, look.Look.Errors.Count));

        observed.RecordLook(Look(0));
        observed.RecordLook(Look(5));
        observed.RecordLook(Look(5) with { Evicted = 100 });
        observed.RecordLook(Look(5, errors: 6));

        Assert.Equal([(default, new(1, 0), 0), (new(1, 0), new(1, 5), 0), (new(1, 5), new(1, 5), 6)], raised);
    }

    [Fact]
    public void An_outage_begins_with_its_first_sign_on_the_link_or_the_server()
    {
        observed.RecordLink(LinkState.Up, 10);
        Assert.Null(observed.Current.OutSince);

        observed.RecordLink(LinkState.Down, 20);
        observed.RecordLink(LinkState.Unreachable, 30);
        Assert.Equal(20, observed.Current.OutSince);

        observed.RecordLink(LinkState.Syncing, 40);
        Assert.Null(observed.Current.OutSince);
    }

    [Fact]
    public void A_full_resync_between_two_looks_is_counted()
    {
        observed.RecordReplication(Info(backlogBegin: 5));
        observed.RecordReplication(Info(backlogBegin: 5));
        Assert.Equal(0, observed.Current.Copies);

        observed.RecordReplication(Info(backlogBegin: 1));
        Assert.Equal(1, observed.Current.Copies);

        static ReplicationInfo Info(long backlogBegin) =>
            new(IsPrimary: false, "id", 10, 0, LinkUp: true, Syncing: false, ReadOnly: false) { BacklogBegin = backlogBegin };
    }

    // Each row: topology, primary, link up, syncing, read-only; then the resulting link and the setting that the warning names.
    [Theory]
    [InlineData("Replicated", false, true, false, false, LinkState.Up, null)]
    [InlineData("Replicated", false, false, false, false, LinkState.Down, null)]
    [InlineData("Replicated", false, false, true, false, LinkState.Syncing, null)]
    [InlineData("Replicated", false, true, false, true, LinkState.Up, "'replica-read-only no'")]
    [InlineData("Replicated", true, true, false, false, LinkState.Down, "'replicaof <primary host> <port>'")]
    [InlineData("Independent", true, true, false, false, LinkState.Up, null)]
    [InlineData("Independent", false, false, false, true, LinkState.Up, "'replicaof no one'")]
    public void A_servers_role_determines_the_link_and_the_warning(
        string topology, bool isPrimary, bool linkUp, bool syncing, bool readOnly, LinkState link, string? setting)
    {
        var info = new ReplicationInfo(isPrimary, "id", 0, 0, linkUp, syncing, readOnly);

        Assert.Equal(link, RegionRole.Link(info, Enum.Parse<Topology>(topology)));
        var warning = RegionRole.Warning(info, Enum.Parse<Topology>(topology), "127.0.0.1:6379");
        if (setting is null)
            Assert.Null(warning);
        else
            Assert.Contains(setting, warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000, "allkeys-lru", "'maxmemory-policy volatile-lru'")]
    [InlineData(1_000, "allkeys-random", "'maxmemory-policy volatile-lru'")]
    [InlineData(1_000, "volatile-lfu", null)]
    [InlineData(1_000, "noeviction", null)]
    [InlineData(0, "allkeys-lru", null)]
    public void A_policy_that_evicts_keys_without_a_TTL_causes_a_warning(long limit, string policy, string? setting)
    {
        var warning = RegionRole.Warning(new MemoryInfo(limit, policy), "127.0.0.1:6379");

        if (setting is null)
            Assert.Null(warning);
        else
            Assert.Contains(setting, warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000, 900, "noeviction", true)]
    [InlineData(1_000, 899, "noeviction", false)]
    [InlineData(0, 900, "noeviction", false)]
    [InlineData(1_000, 1_000, "volatile-lru", false)]
    public void A_nearly_full_region_without_eviction_causes_a_warning(long limit, long used, string policy, bool warned)
    {
        var warning = RegionRole.Warning(new MemoryInfo(limit, policy) { Used = used }, "127.0.0.1:6379");

        Assert.Equal(warned, warning?.Contains("90 % of its maxmemory", StringComparison.Ordinal) ?? false);
    }

    private static RegionLook Look(long sequence, long errors = 0) =>
        new(new Watermark(1, sequence), new StreamErrors("run", errors), Evicted: 0);
}

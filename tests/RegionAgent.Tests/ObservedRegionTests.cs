using LastMile.Events.Messages;
using LastMile.Events.Redis;
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
        observed.RecordSample(Sample(5));

        observed.Announced();

        Assert.Equal((1, new Watermark(1, 5)), (observed.Announcements, observed.Current.Shown));
    }

    [Fact]
    public void A_sample_may_show_an_older_watermark()
    {
        observed.RecordSample(Sample(5));

        observed.RecordSample(Sample(2));

        Assert.Equal(new Watermark(1, 2), observed.Current.Shown);
    }

    [Fact]
    public void Sampled_is_raised_for_a_new_watermark_or_error_count()
    {
        var raised = new List<(Watermark, Watermark, long)>();
        observed.Sampled += (_, sample) => raised.Add((sample.Before, sample.Sample.Shown, sample.Sample.Errors.Count));

        observed.RecordSample(Sample(0));
        observed.RecordSample(Sample(5));
        observed.RecordSample(Sample(5) with { Evicted = 100 });
        observed.RecordSample(Sample(5, errors: 6));

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
    public void A_full_resync_between_two_samples_is_counted()
    {
        observed.RecordReplication(Info(backlogBegin: 5));
        observed.RecordReplication(Info(backlogBegin: 5));
        Assert.Equal(0, observed.Current.Copies);

        observed.RecordReplication(Info(backlogBegin: 1));
        Assert.Equal(1, observed.Current.Copies);

        static ReplicationInfo Info(long backlogBegin) =>
            new(IsPrimary: false, "id", 10, 0, LinkUp: true, Syncing: false, ReadOnly: false) { BacklogBegin = backlogBegin };
    }

    private static RegionSample Sample(long sequence, long errors = 0) =>
        new(new Watermark(1, sequence), new StreamErrors("run", errors), Evicted: 0);
}

using LastMile.Events.Cli.Demo;
using Xunit;

namespace Cli.Tests;

public sealed class CutEpisodeTests
{
    private static readonly Guid WarmUp = Guid.NewGuid();
    private static readonly Guid Own = Guid.NewGuid();
    private static readonly DateTimeOffset CutAt = DateTimeOffset.UnixEpoch;

    private readonly CutEpisode episode = new("syd", CutAt);

    [Fact]
    public void An_alert_from_before_the_cut_and_its_recovery_are_ignored()
    {
        episode.Receive(ReceivedAlert("syd", "detected", WarmUp, secondsAfterCut: -1));
        episode.Receive(ReceivedAlert("syd", "recovered", WarmUp, secondsAfterCut: 1));

        Assert.False(episode.Detected.IsCompleted);
        Assert.False(episode.Recovered.IsCompleted);
    }

    [Fact]
    public void An_alert_from_another_region_is_ignored()
    {
        episode.Receive(ReceivedAlert("ams", "detected", Own, secondsAfterCut: 1));

        Assert.Null(episode.Id);
    }

    [Fact]
    public void The_first_alert_after_the_cut_identifies_the_episode_and_its_recovery_ends_it()
    {
        episode.Receive(ReceivedAlert("syd", "detected", Own, secondsAfterCut: 1));
        Assert.True(episode.Detected.IsCompleted);
        episode.Receive(ReceivedAlert("syd", "recovered", WarmUp, secondsAfterCut: 2));
        Assert.False(episode.Recovered.IsCompleted);

        episode.Receive(ReceivedAlert("syd", "recovered", Own, secondsAfterCut: 3));

        Assert.Equal(Own, episode.Id);
        Assert.True(episode.Recovered.IsCompleted);
    }

    private static ReceivedAlert ReceivedAlert(string region, string kind, Guid episode, int secondsAfterCut) =>
        new(region, kind, "warning", 1, 600, CutAt.AddSeconds(secondsAfterCut), episode);
}

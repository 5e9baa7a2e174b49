namespace LastMile.Events.Cli.Demo;

/// <summary>
/// The lag episode that a cut link causes. Alerts raised before the cut, for example while a busy machine warms up, belong to other
/// episodes.
/// </summary>
/// <param name="region">The region whose link is cut.</param>
/// <param name="since">When the link was cut.</param>
internal sealed class CutEpisode(string region, DateTimeOffset since)
{
    private readonly TaskCompletionSource detected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The episode's id; null until its first alert is received.</summary>
    public Guid? Id { get; private set; }

    /// <summary>Completes with its first alert.</summary>
    public Task Detected => detected.Task;

    /// <summary>Completes with its recovery.</summary>
    public Task Recovered => recovered.Task;

    /// <summary>Receives an alert of any region.</summary>
    public void Receive(ReceivedAlert alert)
    {
        if (alert.Region == region && alert.Kind == ReceivedAlert.Detected && alert.At >= since && Id is null)
        {
            Id = alert.Episode;
            detected.TrySetResult();
        }

        if (alert.Kind == ReceivedAlert.Recovered && alert.Episode == Id)
            recovered.TrySetResult();
    }
}

namespace LastMile.Events.Cli.Demo;

/// <summary>
/// The episode of lag that a cut link causes. Alerts that were raised before the cut, as by the warm-up of a busy machine, are of other episodes.
/// </summary>
/// <param name="region">The region whose link is cut.</param>
/// <param name="since">When it was cut.</param>
internal sealed class CutEpisode(string region, DateTimeOffset since)
{
    private readonly TaskCompletionSource detected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Which episode it is; null until its first alert is received.</summary>
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

using System.Collections.Concurrent;

namespace LastMile.Events.Cli.Demo;

/// <summary>Lets the demo wait for a region's alert.</summary>
internal sealed class AlertSignals
{
    private readonly ConcurrentDictionary<(string Region, string Kind), TaskCompletionSource> signals = new();

    public Task DetectedAsync(string region) => Of(region, Alert.Detected).Task;

    public Task RecoveredAsync(string region) => Of(region, Alert.Recovered).Task;

    public void Heard(Alert alert) => Of(alert.Region, alert.Kind).TrySetResult();

    private TaskCompletionSource Of(string region, string kind) =>
        signals.GetOrAdd((region, kind), _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}

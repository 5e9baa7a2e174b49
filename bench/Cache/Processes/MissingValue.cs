namespace LastMile.Events.Bench.Cache.Processes;

/// <summary>A load that must not happen.</summary>
internal static class MissingValue
{
    public static ValueTask<T> LoadAsync<T>(CancellationToken cancellationToken) =>
        throw new InvalidOperationException("The value is not where the measurement expects it.");
}

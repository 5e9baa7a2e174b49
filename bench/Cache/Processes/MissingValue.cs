namespace LastMile.Events.Bench.Cache.Processes;

/// <summary>A load that must not happen.</summary>
internal static class MissingValue
{
    public static InvalidOperationException Failure() => new("The value is not where the measurement expects it.");

    public static ValueTask<T> LoadAsync<T>(CancellationToken cancellationToken) => throw Failure();
}

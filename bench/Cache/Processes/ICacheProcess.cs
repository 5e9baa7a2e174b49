namespace LastMile.Events.Bench.Cache.Processes;

/// <summary>A process of an application that reads through a cache. It shares nothing with another one but the region's Redis.</summary>
internal interface ICacheProcess : IAsyncDisposable
{
    /// <summary>Reads a value through all levels of the cache.</summary>
    ValueTask<T> ReadAsync<T>(string key, Func<CancellationToken, ValueTask<T>> load)
        where T : class;

    /// <summary>Reads a value through the region's Redis, without the process' memory.</summary>
    ValueTask<T> ReadRegionAsync<T>(string key, Func<CancellationToken, ValueTask<T>> load)
        where T : class;
}

/// <summary>A process that also keeps values in its memory.</summary>
internal interface IMemoryProcess : ICacheProcess
{
    /// <summary>
    /// Reads values of an immutable type that are in memory. It has a loop of its own, for a type that the compiler knows, because such a
    /// read is too short to be measured through an interface or in generic code.
    /// </summary>
    /// <exception cref="InvalidOperationException">A value was not in memory.</exception>
    void ReadShared(string[] keys);

    /// <summary>Reads values of a mutable type that are in memory, in the same way.</summary>
    /// <exception cref="InvalidOperationException">A value was not in memory.</exception>
    void ReadCopied(string[] keys);
}

/// <summary>How long a process keeps its values.</summary>
/// <param name="Expiration">In the region's Redis.</param>
/// <param name="Local">In memory.</param>
internal sealed record CacheTimes(TimeSpan Expiration, TimeSpan Local)
{
    /// <summary>Longer than a measurement.</summary>
    public static CacheTimes Lasting { get; } = new(TimeSpan.FromHours(1), TimeSpan.FromHours(1));

    /// <summary>As an application chooses them that can bear values of some seconds ago.</summary>
    public static CacheTimes Brief { get; } = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5));
}

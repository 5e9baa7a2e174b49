using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Cache.Processes;

/// <summary>Two processes of each contender in one region. They are hosts in this process, which share nothing.</summary>
internal sealed class CacheProcesses : IAsyncDisposable
{
    private readonly Dictionary<string, ICacheProcess[]> processes = new(StringComparer.Ordinal);

    private CacheProcesses()
    {
    }

    /// <summary>The contenders' names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. CacheContender.All.Select(contender => contender.Name)];

    /// <summary>The names of the contenders that keep values in memory.</summary>
    public IReadOnlyList<string> WithMemory => [.. Names.Where(name => One(name) is IMemoryProcess)];

    public static async Task<CacheProcesses> StartAsync(RedisServer region, CancellationToken cancellationToken)
    {
        var all = new CacheProcesses();
        foreach (var contender in CacheContender.All)
        {
            all.processes[contender.Name] =
            [
                await contender.StartAsync(region, CacheTimes.Lasting, cancellationToken),
                await contender.StartAsync(region, CacheTimes.Lasting, cancellationToken),
            ];
        }

        return all;
    }

    /// <summary>Returns one process of a contender.</summary>
    public ICacheProcess One(string contender) => processes[contender][0];

    /// <summary>Returns both processes of a contender.</summary>
    public ICacheProcess[] Both(string contender) => processes[contender];

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes.Values.SelectMany(both => both))
            await process.DisposeAsync();
    }
}

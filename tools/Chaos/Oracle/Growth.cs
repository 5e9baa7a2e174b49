using System.Globalization;
using LastMile.Events.Chaos.Faults;
using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>Checks that services don't grow: their memory, and their connections to PostgreSQL.</summary>
internal sealed class Growth(Scene scene)
{
    // The limits apply to the growth since the first quiet point. A .NET process uses more memory as it warms up and under load, and frees
    // it late.
    private const long Megabyte = 1024 * 1024;
    private const long MoreMemory = 200 * Megabyte;
    private const int MoreConnections = 15;

    private readonly Dictionary<(string Service, TimeSpan Started), long> firstMemory = [];
    private long? firstConnections;

    /// <summary>The peak memory of any service at a quiet point, in MiB.</summary>
    public long MostMemory { get; private set; }

    /// <summary>The peak number of the Invalidators' connections to PostgreSQL at a quiet point.</summary>
    public long MostConnections { get; private set; }

    /// <summary>Checks the services at a quiet point; returns those that have grown too much.</summary>
    public async Task<IReadOnlyList<string>> LookAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var service in scene.Invalidators.Values.Concat(scene.Agents.SelectMany(agents => agents)))
            problems.AddRange(Memory(service));
        problems.AddRange(await ConnectionsAsync(cancellationToken));
        return problems;
    }

    private IEnumerable<string> Memory(Service service)
    {
        var usage = ProcessUsage.Of(service);
        MostMemory = Math.Max(MostMemory, usage.Memory / Megabyte);
        // A restarted process has a new baseline.
        if (firstMemory.TryAdd((service.Name, usage.Started), usage.Memory))
            yield break;
        var first = firstMemory[(service.Name, usage.Started)];
        if (usage.Memory > first + MoreMemory)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"{service.Name} has grown from {first / Megabyte} to {usage.Memory / Megabyte} MiB");
        }
    }

    private async Task<IEnumerable<string>> ConnectionsAsync(CancellationToken cancellationToken)
    {
        await using var command = scene.Administrator.CreateCommand(
            "select count(*) from pg_stat_activity where usename = 'lastmile_invalidator'");
        var connections = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        MostConnections = Math.Max(MostConnections, connections);
        firstConnections ??= connections;
        return connections > firstConnections + MoreConnections
            ? [$"the Invalidators' connections to PostgreSQL have grown from {firstConnections} to {connections}"]
            : [];
    }
}

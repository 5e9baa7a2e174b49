using Spectre.Console;

namespace LastMile.Events.Bench.Running;

/// <summary>What the sections of one run share: how long to measure, and a system that is started once.</summary>
/// <param name="quick">Whether short rounds will do.</param>
internal sealed class BenchRun(bool quick) : IProgress<string>, IAsyncDisposable
{
    private BenchSystem? system;

    /// <summary>Whether short rounds will do.</summary>
    public bool Quick => quick;

    /// <summary>How many rounds, and how long a turn.</summary>
    public Rounds Rounds => quick ? Rounds.Quick : Rounds.Full;

    /// <summary>The system that most sections measure: two regions, replicating directly, each with its agent.</summary>
    public async Task<BenchSystem> SystemAsync(CancellationToken cancellationToken) =>
        system ??= await BenchSystem.StartAsync(BenchSystem.TwoRegions, this, cancellationToken);

    /// <summary>The versions of that system's servers, by their names; none where no section has needed it.</summary>
    public async Task<IReadOnlyDictionary<string, string>> VersionsAsync(CancellationToken cancellationToken) =>
        system is null ? new Dictionary<string, string>(StringComparer.Ordinal) : await ServerVersions.OfAsync(system.Servers, cancellationToken);

    /// <summary>Says what is being done.</summary>
    public void Report(string value) => AnsiConsole.MarkupLineInterpolated($"   [grey]{value}[/]");

    public async ValueTask DisposeAsync()
    {
        if (system is not null)
            await system.DisposeAsync();
    }
}

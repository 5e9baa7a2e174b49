using Spectre.Console;

namespace LastMile.Events.Bench.Running;

/// <summary>State shared by the sections of one run: how long to measure, and a system that is started once.</summary>
/// <param name="quick">Whether to run short rounds.</param>
internal sealed class BenchRun(bool quick) : IProgress<string>, IAsyncDisposable
{
    private BenchSystem? system;

    /// <summary>Whether to run short rounds.</summary>
    public bool Quick => quick;

    /// <summary>The number of rounds and the length of a turn.</summary>
    public Rounds Rounds => quick ? Rounds.Quick : Rounds.Full;

    /// <summary>Returns the system that most sections measure: two regions that replicate directly, each with its agent.</summary>
    public async Task<BenchSystem> SystemAsync(CancellationToken cancellationToken) =>
        system ??= await BenchSystem.StartAsync(BenchSystem.TwoRegions, this, cancellationToken);

    /// <summary>Returns the versions of that system's servers by server name; empty if no section started it.</summary>
    public async Task<IReadOnlyDictionary<string, string>> VersionsAsync(CancellationToken cancellationToken) =>
        system is null
            ? new Dictionary<string, string>(StringComparer.Ordinal)
            : await ServerVersions.OfAsync(system.Servers, cancellationToken);

    /// <summary>Prints the current step.</summary>
    public void Report(string value) => AnsiConsole.MarkupLineInterpolated($"   [grey]{value}[/]");

    public async ValueTask DisposeAsync()
    {
        if (system is not null)
            await system.DisposeAsync();
    }
}

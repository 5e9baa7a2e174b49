using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Faults;

/// <summary>What happens to the Redis primary.</summary>
internal static class PrimaryFaults
{
    // The purges of so long are on the primary alone when it dies.
    private static readonly TimeSpan Unreplicated = TimeSpan.FromMilliseconds(500);

    /// <summary>It comes back with what it had when the fault began, which is less than what it had when it died.</summary>
    public static async Task<Func<Task>> RestartAsync(Scene scene, string target)
    {
        var pair = Pair(scene);
        await Scene.ExecuteAsync(pair.Primary, "SAVE");
        await Task.Delay(Unreplicated);
        await pair.Primary.Process.KillAsync();
        return () => pair.RestartPrimaryAsync(empty: false);
    }

    public static async Task<Func<Task>> RestartEmptyAsync(Scene scene, string target)
    {
        var pair = Pair(scene);
        await pair.Primary.Process.KillAsync();
        return () => pair.RestartPrimaryAsync(empty: true);
    }

    /// <summary>The standby, which lacks the last purges, takes over; the former primary comes back as its standby.</summary>
    public static async Task<Func<Task>> FailOverAsync(Scene scene, string target)
    {
        var pair = Pair(scene);
        pair.Replication.Cut();
        await Task.Delay(Unreplicated);
        await pair.Primary.Process.KillAsync();
        await scene.Servers.FailOverAsync();
        pair.Replication.Mend();
        return () => pair.RejoinStandbyAsync(start: true);
    }

    private static PrimaryPair Pair(Scene scene) => scene.Servers.Pair!;
}

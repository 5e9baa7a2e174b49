using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Faults;

/// <summary>Faults of the Redis primary.</summary>
internal static class PrimaryFaults
{
    // How long the primary runs after its save, or after the link to its standby is cut, before it is killed.
    private static readonly TimeSpan Unreplicated = TimeSpan.FromMilliseconds(500);

    /// <summary>Kills the primary, and restarts it with data that it saved earlier, which lacks its last purges.</summary>
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

    /// <summary>Promotes the standby, which lacks the last purges; the former primary returns as the standby.</summary>
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

using System.Globalization;
using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Faults;

/// <summary>Faults of LastMile's own services.</summary>
internal static class ServiceFaults
{
    private const int MinutesOff = 3;

    // libfaketime gives a process a wrong time of day. These are the folders where distributions install it.
    private static readonly string? ClockLibrary =
        new[] { "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib" }
        .Select(folder => Path.Combine(folder, "faketime/libfaketimeMT.so.1"))
        .FirstOrDefault(File.Exists);

    private static int replacements;

    /// <summary>Whether this machine can run services with a wrong clock.</summary>
    public static bool ClocksCanBeWrong => ClockLibrary is not null;

    public static Task<Func<Task>> KillInvalidatorAsync(Scene scene, string target) => KillAsync(scene.Invalidators[target]);

    public static Task<Func<Task>> FreezeInvalidatorAsync(Scene scene, string target) => FreezeAsync(scene.Invalidators[target]);

    public static Task<Func<Task>> ShiftInvalidatorAsync(Scene scene, string target) => ReplaceAsync(
        scene.Invalidators[target], (name, clock) => scene.System.StartInvalidatorAsync(name, clock));

    public static async Task<Func<Task>> KillAgentAsync(Scene scene, string target) =>
        await KillAsync(await scene.ActiveAgentAsync(target));

    public static async Task<Func<Task>> FreezeAgentAsync(Scene scene, string target) =>
        await FreezeAsync(await scene.ActiveAgentAsync(target));

    // All other agents stop, because the agent with the wrong clock must be active. It starts before they stop, and they start before it
    // stops, because the fault is the clock and not an absence.
    public static async Task<Func<Task>> ShiftAgentAsync(Scene scene, string target)
    {
        var others = scene.Agents[target].ToArray();
        var wrong = await StartWrongAsync(
            others[0], (name, clock) => scene.System.StartAgentAsync(scene.Region(target), name, clock));
        await Task.WhenAll(others.Select(agent => agent.Process.StopAsync()));
        return async () =>
        {
            await Task.WhenAll(others.Select(agent => agent.Process.StartAsync()));
            await wrong.Process.StopAsync();
        };
    }

    private static async Task<Func<Task>> KillAsync(Service service)
    {
        await service.Process.KillAsync();
        return () => service.Process.StartAsync();
    }

    private static async Task<Func<Task>> FreezeAsync(Service service)
    {
        await service.Process.PauseAsync();
        return service.Process.ResumeAsync;
    }

    // A running process's clock can't be changed, so a process with a wrong clock replaces it for a while.
    private static async Task<Func<Task>> ReplaceAsync(
        Service service, Func<string, IReadOnlyDictionary<string, string>, Task<Service>> startAsync)
    {
        await service.Process.StopAsync();
        var wrong = await StartWrongAsync(service, startAsync);
        return () => Task.WhenAll(wrong.Process.StopAsync(), service.Process.StartAsync());
    }

    private static Task<Service> StartWrongAsync(
        Service service, Func<string, IReadOnlyDictionary<string, string>, Task<Service>> startAsync)
    {
        var number = Interlocked.Increment(ref replacements);
        var minutes = number % 2 == 0 ? MinutesOff : -MinutesOff;
        return startAsync($"{service.Name}-wrong-{number}", ClockOff(minutes));
    }

    private static Dictionary<string, string> ClockOff(int minutes) => new(StringComparer.Ordinal)
    {
        ["LD_PRELOAD"] = ClockLibrary!,
        ["FAKETIME"] = minutes.ToString("+0;-0", CultureInfo.InvariantCulture) + "m",
        // Timers use the monotonic clock, which a wrong time of day does not affect. Waits on it are not faked either, or threads would
        // spin.
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
    };
}

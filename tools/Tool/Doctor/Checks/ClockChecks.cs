using LastMile.Events.Tool.Doctor.Facts;

namespace LastMile.Events.Tool.Doctor.Checks;

/// <summary>Compares all clocks with their median, so that a wrong clock of this machine is found too.</summary>
internal static class ClockChecks
{
    private static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(1);

    // The clock of a service is known to the second only.
    private static readonly TimeSpan ToleratedOfServices = TimeSpan.FromSeconds(2);

    /// <summary>The checks.</summary>
    public static IReadOnlyList<Check<InstallationFacts>> All { get; } = [new("clocks.equal", all => Judgement.Of(Wrong(Clocks(all))))];

    /// <summary>Returns the clocks that differ from the others.</summary>
    internal static IEnumerable<Finding> Wrong(IReadOnlyList<(string Part, TimeSpan Offset, TimeSpan Tolerated)> clocks)
    {
        var median = clocks.Select(clock => clock.Offset).Order().ElementAt((clocks.Count - 1) / 2);
        return clocks.Where(clock => (clock.Offset - median).Duration() > clock.Tolerated).Select(clock => Finding.Warning(
            $"The clock of {clock.Part} is {(clock.Offset - median).Duration().TotalSeconds:0.0} s "
                + $"{(clock.Offset > median ? "ahead" : "behind")}.",
            "Ages, delays and the deletion of old tag generations are wrong by as much.",
            $"Synchronize the clock of {clock.Part}'s machine, for example with chrony: chronyc makestep"));
    }

    private static List<(string, TimeSpan, TimeSpan)> Clocks(InstallationFacts all)
    {
        var clocks = new List<(string, TimeSpan, TimeSpan)> { ("this machine", TimeSpan.Zero, Tolerated) };
        if (all.Postgres.Server is { Missing: null, Value: var postgres })
            clocks.Add(("PostgreSQL", postgres.ClockOffset, Tolerated));
        Add("the Redis primary", all.PrimaryOrNone);
        AddService("the Invalidator", all.Invalidator);
        foreach (var region in all.Regions)
        {
            Add($"the Redis of {region.Name}", region.Redis);
            AddService($"the agent of {region.Name}", region.Agent);
        }

        return clocks;

        void Add(string part, RedisFacts? redis)
        {
            if (redis?.Info is { Missing: null, Value: var info })
                clocks.Add((part, info.ClockOffset, Tolerated));
        }

        void AddService(string part, ServiceFacts? service)
        {
            if (service?.ClockOffset is { Missing: null, Value: var offset })
                clocks.Add((part, offset, ToleratedOfServices));
        }
    }
}

namespace Tool.Tests.Doctor;

/// <summary>All deliberate misconfigurations of a running system, by name.</summary>
internal static class Misconfigurations
{
    /// <summary>The misconfigurations.</summary>
    public static IReadOnlyDictionary<string, Misconfiguration> All { get; } = new[]
    {
        PostgresMisconfigurations.All,
        PrimaryMisconfigurations.All,
        RegionMisconfigurations.All,
        BusMisconfigurations.All,
        ServiceMisconfigurations.All,
    }.SelectMany(part => part).ToDictionary(StringComparer.Ordinal);
}

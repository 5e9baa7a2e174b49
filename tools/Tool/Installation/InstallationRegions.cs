namespace LastMile.Events.Tool.Installation;

/// <summary>Finds regions of an installation.</summary>
internal static class InstallationRegions
{
    /// <summary>Returns a region.</summary>
    /// <param name="installation">The installation.</param>
    /// <param name="name">The region's name.</param>
    /// <exception cref="InstallationFileException">The installation has no such region, or its name is invalid.</exception>
    public static RegionSettings RegionNamed(this InstallationSettings installation, string name)
    {
        if (!installation.Regions.TryGetValue(name, out var region))
        {
            throw new InstallationFileException(
                $"The installation file has no region '{name}'. It has: {string.Join(", ", installation.Regions.Keys)}.");
        }

        return Names.Problem("region", name) is { } problem ? throw new InstallationFileException(problem) : region;
    }
}

using LastMile.Events.Fabric;
using LastMile.Events.Testing;

namespace Fabric.Tests;

/// <summary>The parts of docker-compose.yml that tests check.</summary>
internal sealed class ComposeFile
{
    public Dictionary<string, ComposeService> Services { get; init; } = new(StringComparer.Ordinal);

    public Dictionary<string, object?> Volumes { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Reads a file; anchors, merge keys and the images of .env are resolved, other variables are not.</summary>
    public static ComposeFile Read(string file)
    {
        var text = ContainerImages.Read(File.ReadLines(Path.Combine(Path.GetDirectoryName(file)!, ".env")))
            .Aggregate(File.ReadAllText(file), (all, image) =>
                all.Replace($"${{{image.Key}:?is missing in .env}}", image.Value, StringComparison.Ordinal));
        return YamlText.Parse<ComposeFile>(text);
    }
}

/// <summary>A service in the file.</summary>
internal sealed class ComposeService
{
    public string Image { get; init; } = "";

    public List<string> Command { get; init; } = [];

    public List<string> Profiles { get; init; } = [];

    public string? User { get; init; }

    public bool ReadOnly { get; init; }

    public List<string> CapDrop { get; init; } = [];

    public List<string> CapAdd { get; init; } = [];

    public List<string> SecurityOpt { get; init; } = [];

    public string? StopSignal { get; init; }

    public string? Restart { get; init; }

    public string? StopGracePeriod { get; init; }

    public Dictionary<string, string> Environment { get; init; } = new(StringComparer.Ordinal);

    public List<string> Volumes { get; init; } = [];

    public List<string> Tmpfs { get; init; } = [];

    public List<string> Ports { get; init; } = [];

    public Dictionary<string, object?> DependsOn { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The container paths of its volumes and tmpfs mounts.</summary>
    public IEnumerable<string> MountedFolders => Volumes.Select(volume => volume.Split(':')[1]).Concat(Tmpfs);
}

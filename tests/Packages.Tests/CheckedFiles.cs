namespace Packages.Tests;

/// <summary>A workflow of GitHub Actions.</summary>
internal sealed class Workflow
{
    public Dictionary<string, string> Permissions { get; init; } = new(StringComparer.Ordinal);

    public Dictionary<string, Job> Jobs { get; init; } = new(StringComparer.Ordinal);
}

/// <summary>A job of a workflow.</summary>
internal sealed class Job
{
    /// <summary>The name of a job, or a list of names.</summary>
    public object? Needs { get; init; }

    public Dictionary<string, string> Permissions { get; init; } = new(StringComparer.Ordinal);

    public List<Step> Steps { get; init; } = [];
}

/// <summary>A step of a job.</summary>
internal sealed class Step
{
    public string? Run { get; init; }
}

/// <summary>The parts of docker-compose.yml that build images.</summary>
internal sealed class ComposeFile
{
    public Dictionary<string, ComposeService> Services { get; init; } = new(StringComparer.Ordinal);
}

/// <summary>A service in docker-compose.yml.</summary>
internal sealed class ComposeService
{
    public string Image { get; init; } = "";

    public object? Build { get; init; }
}

using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Packages.Tests;

/// <summary>Reads the parts of YAML files that tests check.</summary>
internal static class YamlFile
{
    /// <summary>Reads a file; anchors and merge keys are resolved, variables are not.</summary>
    public static T Read<T>(string file)
    {
        using var reader = File.OpenText(file);
        // Deserialize everything first, because anchors in skipped parts would be lost.
        var all = new Deserializer().Deserialize<Dictionary<string, object>>(new MergingParser(new Parser(reader)));
        var resolved = new SerializerBuilder().DisableAliases().Build().Serialize(all);
        return new DeserializerBuilder()
            .WithNamingConvention(UnderscoredNamingConvention.Instance)
            .IgnoreUnmatchedProperties()
            .Build()
            .Deserialize<T>(resolved);
    }
}

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

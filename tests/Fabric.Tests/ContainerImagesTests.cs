using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

public sealed class ContainerImagesTests
{
    private static readonly string Repository = RunFolder.RepositoryFolder();

    // Everything that may name an image. Documentation may show one as an example.
    private static readonly string[] Patterns = ["*.cs", "*.yml", "*.yaml", "*.json", "*.sh", "Dockerfile"];

    [Fact]
    public void Every_image_has_a_fixed_version() => Assert.All(
        Images(),
        image => Assert.Matches(@"^[a-z./-]+:v?\d+(\.\d+)+(-[a-z-]+)?$|^[a-z./-]+:\d+(\.\d+)?-[a-z-]+$", image));

    [Fact]
    public void An_image_is_named_only_in_the_file_of_images()
    {
        var repositories = Images().Select(image => image[..(image.LastIndexOf(':') + 1)]).ToArray();
        var offenders =
            from folder in (string[])["deploy", "tools", "services", "samples", "bench", ".github"]
            from pattern in Patterns
            from file in Directory.EnumerateFiles(Path.Combine(Repository, folder), pattern, SearchOption.AllDirectories)
            where !file.Contains("/obj/", StringComparison.Ordinal)
            from line in File.ReadLines(file)
            where repositories.Any(repository => Names(line, repository))
            select $"{Path.GetRelativePath(Repository, file)}: {line.Trim()}";

        Assert.Empty(offenders.Concat(File.ReadLines(Path.Combine(Repository, "docker-compose.yml"))
            .Where(line => repositories.Any(repository => Names(line, repository)))));
    }

    [Fact]
    public void Containers_use_the_images_of_the_file()
    {
        string[] used = [ContainerImages.Postgres, ContainerImages.RabbitMq, ContainerImages.Redis, ContainerImages.Reaper];

        Assert.Subset(Images().ToHashSet(StringComparer.Ordinal), used.ToHashSet(StringComparer.Ordinal));
    }

    // The tag distinguishes an image from an address such as redis:6379.
    private static bool Names(string line, string repository)
    {
        var at = line.IndexOf(repository, StringComparison.Ordinal);
        return at >= 0 && line.AsSpan(at + repository.Length) is [(>= '0' and <= '9') or 'v', ..] rest
            && rest[..Math.Min(rest.Length, 8)].ContainsAny(".-") && (at == 0 || line[at - 1] is ' ' or '"' or '\'' or '/');
    }

    private static IEnumerable<string> Images() =>
        ContainerImages.Read(File.ReadLines(Path.Combine(Repository, ".env")))
            .Where(variable => variable.Key.EndsWith("_IMAGE", StringComparison.Ordinal))
            .Select(variable => variable.Value);
}

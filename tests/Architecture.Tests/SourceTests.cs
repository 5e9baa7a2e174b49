using LastMile.Events.Fabric;
using Xunit;

namespace LastMile.Events.Architecture.Tests;

/// <summary>The build checks the formatting of the sources (IDE0055), except for their line length.</summary>
public sealed class SourceTests
{
    private const int MaxLength = 140;
    private const string RawString = "\"\"\"";

    private static readonly string[] Folders = ["bench", "clients", "contracts", "samples", "services", "tests", "tools"];

    [Fact]
    public void No_line_is_longer_than_140_characters()
    {
        var root = RunFolder.RepositoryFolder();
        var files = Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/Migrations/", StringComparison.Ordinal));

        Assert.Equal("", string.Join(Environment.NewLine, files.SelectMany(LongLines)));
    }

    // SQL and JSON in raw string literals may be longer.
    private static IEnumerable<string> LongLines(string file)
    {
        var (number, isRaw) = (0, false);
        foreach (var line in File.ReadLines(file))
        {
            number++;
            var marks = line.Split(RawString).Length - 1;
            if (line.Length > MaxLength && !isRaw && marks == 0)
                yield return $"{file}:{number} has {line.Length} characters.";
            isRaw ^= marks % 2 == 1;
        }
    }
}

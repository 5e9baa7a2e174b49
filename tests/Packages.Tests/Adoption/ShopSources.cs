using Xunit;

namespace Packages.Tests.Adoption;

/// <summary>The sources of a copy of samples/Shop, which the changes on the page are applied to.</summary>
internal sealed class ShopSources(string folder)
{
    /// <summary>Copies samples/Shop.</summary>
    public static ShopSources Copy(string repository, string folder)
    {
        var shop = Path.Combine(repository, "samples", "Shop");
        foreach (var source in Directory.EnumerateFiles(shop, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(shop, source);
            if (path.Split('/')[0] is "bin" or "obj")
                continue;
            var copy = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(source, copy);
        }

        return new ShopSources(folder);
    }

    /// <summary>Applies a diff, whose first line names the file, as in <c>@@ Program.cs @@</c>. The old lines must be there once.</summary>
    public void Apply(string diff)
    {
        var lines = diff.TrimEnd('\n').Split('\n');
        var file = Path.Combine(folder, lines[0].Trim('@', ' '));
        var parts = File.ReadAllText(file).Split(Side(lines[1..], '-'));
        Assert.True(parts.Length == 2, $"{file} does not have the old lines of the diff once:\n{diff}");
        File.WriteAllText(file, parts[0] + Side(lines[1..], '+') + parts[1]);
    }

    /// <summary>Replaces a whole file by the type that the text declares.</summary>
    public void Replace(string text)
    {
        var file = Assert.Single(
            Directory.EnumerateFiles(folder, "*.cs"),
            file => text.Contains($"class {Path.GetFileNameWithoutExtension(file)}(", StringComparison.Ordinal));
        File.WriteAllText(file, text);
    }

    private static string Side(string[] lines, char sign) => string.Concat(lines
        .Where(line => line.Length == 0 || line[0] == ' ' || line[0] == sign)
        .Select(line => line[Math.Min(1, line.Length)..] + "\n"));
}

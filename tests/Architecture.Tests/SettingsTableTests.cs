using System.Reflection;
using LastMile.Events.Fabric;
using LastMile.Events.Hosting;
using Xunit;

namespace LastMile.Events.Architecture.Tests;

/// <summary>The settings tables of docs/operations.md give the default and the range that the code has.</summary>
public sealed class SettingsTableTests
{
    private static readonly string[] Page = File.ReadAllLines(Path.Combine(RunFolder.RepositoryFolder(), "docs", "operations.md"));

    /// <summary>Every setting with a range, as section and name.</summary>
    public static TheoryData<string, string, string, string> Settings()
    {
        var settings = new TheoryData<string, string, string, string>();
        foreach (var type in new[] { "LastMile.Events.Invalidator", "LastMile.Events.RegionAgent" }.SelectMany(name => Assembly.Load(name).GetTypes()))
        {
            foreach (var property in type.GetProperties())
            {
                if (property.GetCustomAttribute<WithinAttribute>() is not { } range)
                    continue;
                var standard = property.GetValue(Activator.CreateInstance(type));
                var zero = range.Zero is null ? "" : $"; `0` for {range.Zero}";
                settings.Add(
                    $"{type.GetField("Section")!.GetValue(null)}", property.Name, standard is TimeSpan time ? Duration.Format(time) : $"{standard}",
                    $"`{range.Least}` to `{range.Most}`{zero}");
            }
        }

        return settings;
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_row_gives_the_default_and_the_range_of_its_setting(string section, string name, string standard, string range)
    {
        var row = Assert.Single(Page, line => line.StartsWith($"| `{section}:{name}` |", StringComparison.Ordinal));

        Assert.StartsWith($"| `{section}:{name}` | `{standard}` |", row, StringComparison.Ordinal);
        Assert.Contains(range, row, StringComparison.Ordinal);
    }
}

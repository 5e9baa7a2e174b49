using System.Reflection;
using LastMile.Events.Fabric;
using LastMile.Events.Hosting;
using Xunit;

namespace LastMile.Events.Architecture.Tests;

/// <summary>Tests that the settings tables of docs/operations.md show the defaults and ranges of the code.</summary>
public sealed class SettingsTableTests
{
    private static readonly string[] Page = File.ReadAllLines(Path.Combine(RunFolder.RepositoryFolder(), "docs", "operations.md"));

    /// <summary>Every setting with a range: its section, name, default and range.</summary>
    public static TheoryData<string, string, string, string> Settings()
    {
        var settings = new TheoryData<string, string, string, string>();
        string[] services = ["LastMile.Events.Invalidator", "LastMile.Events.RegionAgent"];
        foreach (var type in services.SelectMany(name => Assembly.Load(name).GetTypes()))
        {
            foreach (var property in type.GetProperties())
            {
                if (property.GetCustomAttribute<WithinAttribute>() is not { } range)
                    continue;
                var initial = property.GetValue(Activator.CreateInstance(type));
                var zero = range.Zero is null ? "" : $"; `0` for {range.Zero}";
                settings.Add(
                    $"{type.GetField("Section")!.GetValue(null)}",
                    property.Name,
                    initial is TimeSpan time ? Duration.Format(time) : $"{initial}",
                    $"`{range.Least}` to `{range.Most}`{zero}");
            }
        }

        return settings;
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_row_shows_the_default_and_the_range_of_its_setting(string section, string name, string defaultValue, string range)
    {
        var row = Assert.Single(Page, line => line.StartsWith($"| `{section}:{name}` |", StringComparison.Ordinal));

        Assert.StartsWith($"| `{section}:{name}` | `{defaultValue}` |", row, StringComparison.Ordinal);
        Assert.Contains(range, row, StringComparison.Ordinal);
    }
}

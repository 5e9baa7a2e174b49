using System.Collections;
using System.Reflection;
using System.Text.Json;
using LastMile.Events.Caching;
using LastMile.Events.EntityFrameworkCore;
using LastMile.Events.Fabric;
using LastMile.Events.Hosting;
using LastMile.Events.Testing.Pages;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Documentation.Tests;

/// <summary>Tests that docs/operations/settings.md lists each setting of the code, with its default and range, and no other.</summary>
public sealed class SettingsTests
{
    private static readonly DocumentationPage Page = DocumentationPage.Of("docs/operations/settings.md");

    [Theory]
    [InlineData("Invalidator", "LastMile.Events.Invalidator", "services/Invalidator/appsettings.json")]
    [InlineData("RegionAgent", "LastMile.Events.RegionAgent", "services/RegionAgent/appsettings.json")]
    [InlineData("Both services", "LastMile.Events.Hosting", null)]
    public void A_table_lists_the_settings_of_the_services(string heading, string assembly, string? file)
    {
        var settings =
            from type in Assembly.Load(assembly).GetTypes()
            let section = type.GetField("Section")?.GetRawConstantValue()
            where section is not null
            from row in Rows($"{section}", type)
            select row;
        if (file is not null)
            settings = settings.Append(["`Urls`", $"`{Urls(file)}`", ""]);

        Assert.Equal(Sorted(settings), Sorted(Page.Table(heading)));
    }

    [Fact]
    public void A_table_lists_the_options_of_the_cache()
    {
        var options = new LastMileCacheOptions();
        var properties = typeof(LastMileCacheOptions).GetProperties().Select(property => new[]
        {
            $"`{property.Name}`", Default(property, options), "",
        });

        Assert.Equal(
            Sorted(properties.Concat(Methods(typeof(LastMileCacheOptions)))),
            // The next test compares the ranges.
            Sorted(Page.Table("Caching client").Select(row => (string[])[row[0], row[1], ""])));
    }

    [Fact]
    public void The_cache_accepts_the_documented_ranges_and_nothing_outside()
    {
        var ranges = Page.Table("Caching client").Where(row => row[2].Contains(" to ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(3, ranges.Length);
        Assert.All(ranges, row =>
        {
            var property = typeof(LastMileCacheOptions).GetProperty(row[0].Trim('`'))!;
            TimeSpan[] bounds =
                [.. row[2].Split(" to ").Select(bound => Duration.TryParse(bound.Trim('`'), out var time) ? time : default)];
            Assert.Empty(ErrorsOf(property, bounds[0]));
            Assert.Empty(ErrorsOf(property, bounds[1]));
            Assert.NotEmpty(ErrorsOf(property, bounds[0] - TimeSpan.FromMilliseconds(1)));
            Assert.NotEmpty(ErrorsOf(property, bounds[1] + TimeSpan.FromMilliseconds(1)));
        });
    }

    [Fact]
    public void A_table_lists_the_options_of_UseLastMile()
    {
        Assert.Equal(Sorted(Methods(typeof(LastMileOptionsBuilder))), Sorted(Page.Table("Entity Framework Core")));
    }

    private static string[] ErrorsOf(PropertyInfo property, TimeSpan value)
    {
        var services = new ServiceCollection();
        services.AddLastMileCache(cache =>
        {
            cache.Region("ams-redis:6379");
            property.SetValue(cache, value);
        });
        using var provider = services.BuildServiceProvider();
        try
        {
            _ = provider.GetRequiredService<IOptions<LastMileCacheOptions>>().Value;
            return [];
        }
        catch (OptionsValidationException refusal)
        {
            return [.. refusal.Failures];
        }
    }

    // A setting's name, default and range. The settings of a list's elements begin with the element's number.
    private static IEnumerable<string[]> Rows(string prefix, Type type)
    {
        var options = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties().Where(property => property.CanWrite))
        {
            var name = $"{prefix}:{property.Name}";
            if (property.PropertyType.IsGenericType && property.GetValue(options) is IList)
            {
                var element = property.PropertyType.GenericTypeArguments[0];
                IEnumerable<string[]> rows = element == typeof(string) ? [[$"`{name}:0`", "none", ""]] : Rows($"{name}:0", element);
                foreach (var row in rows)
                    yield return row;
            }
            else
            {
                yield return [$"`{name}`", Default(property, options), Range(property)];
            }
        }
    }

    private static string Default(PropertyInfo property, object options) => property.GetValue(options) switch
    {
        null => "none",
        "" => "required",
        string text when text.EndsWith($"-{Environment.ProcessId}", StringComparison.Ordinal) => "host and process id",
        TimeSpan time => $"`{Duration.Format(time)}`",
        bool value => value ? "`true`" : "`false`",
        var value => $"`{value}`",
    };

    private static string Range(PropertyInfo property)
    {
        if (property.GetCustomAttribute<WithinAttribute>() is { } range)
            return $"`{range.Least}` to `{range.Most}`" + (range.Zero is null ? "" : $"; `0` for {range.Zero}");
        return property.PropertyType.IsEnum ? string.Join(", ", Enum.GetNames(property.PropertyType).Select(name => $"`{name}`")) : "";
    }

    // Options that are set by a call. An overload adds no row.
    private static IEnumerable<string[]> Methods(Type type) => type
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(method => !method.IsSpecialName).Select(method => method.Name).Distinct(StringComparer.Ordinal)
        .Select(name => new[] { $"`{name}(…)`", "none", "" });

    private static string Urls(string file)
    {
        using var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(RunFolder.RepositoryFolder(), file)));
        return settings.RootElement.GetProperty("Urls").GetString()!;
    }

    private static IEnumerable<string> Sorted(IEnumerable<string[]> rows) =>
        rows.Select(row => string.Join(" | ", row.Take(3))).Order(StringComparer.Ordinal);
}

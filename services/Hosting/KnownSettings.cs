using System.Globalization;
using System.Reflection;
using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.Extensions.Configuration;

namespace LastMile.Events.Hosting;

/// <summary>Compares the names in a configuration section with the properties of its options class.</summary>
internal static class KnownSettings
{
    /// <summary>Returns the settings of an options class.</summary>
    public static IEnumerable<PropertyInfo> Of(Type options) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite);

    /// <summary>Finds unknown settings in the options' section, and in sections with a similar name.</summary>
    /// <returns>An error for each. Errors contain names but no values, which may be secret.</returns>
    public static IEnumerable<string> Misspelled(IConfiguration configuration, string section, Type options) =>
        Unknown(configuration.GetSection(section), options).Concat(
            configuration.GetChildren()
                .Where(other => IsMeantFor(section, options, other))
                .Select(other => $"{other.Key} is not a section of the configuration. Did you mean {section}?"));

    private static IEnumerable<string> Unknown(IConfigurationSection section, Type options)
    {
        var known = Of(options).ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var setting in section.GetChildren())
        {
            IEnumerable<string> errors = known.TryGetValue(setting.Key, out var property)
                ? UnknownInside(setting, property.PropertyType)
                : [$"{setting.Path} is not a setting. {Hint(section.Path, setting.Key, known.Keys)}"];
            foreach (var error in errors)
                yield return error;
        }
    }

    private static IEnumerable<string> UnknownInside(IConfigurationSection setting, Type type)
    {
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(List<>))
            return setting.GetChildren().Select(inner => $"{inner.Path} is not a setting: {setting.Path} is a single value.");

        var element = type.GenericTypeArguments[0];
        return setting.GetChildren().SelectMany(entry =>
            !int.TryParse(entry.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ? [$"{entry.Path} is not a setting: {setting.Path} is a list, which begins at {setting.Path}:0."]
            : element == typeof(string) ? UnknownInside(entry, element)
            : Unknown(entry, element));
    }

    private static string Hint(string section, string name, IEnumerable<string> known) => NearestName.To(name, known) is { } near
        ? $"Did you mean {section}:{near}?"
        : $"The settings of {section} are {string.Join(", ", known)}.";

    private static bool IsMeantFor(string section, Type options, IConfigurationSection other) =>
        !other.Key.Equals(section, StringComparison.OrdinalIgnoreCase)
        && NearestName.To(other.Key, [section]) is not null
        && other.GetChildren().Any(setting =>
            Of(options).Any(property => property.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase)));
}

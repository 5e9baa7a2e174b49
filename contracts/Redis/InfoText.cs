using System.Globalization;

namespace LastMile.Events.Redis;

/// <summary>The fields of an <c>INFO</c> reply, for one section or all of them.</summary>
internal sealed class InfoText
{
    private readonly Dictionary<string, string> fields = new(StringComparer.Ordinal);

    public InfoText(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            // A few fields, such as those of modules, occur more than once. None of them is used here.
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                fields.TryAdd(line[..colon], line[(colon + 1)..]);
        }
    }

    /// <summary>Returns a field's text; empty if the field is missing.</summary>
    public string Text(string name) => fields.GetValueOrDefault(name, "");

    /// <summary>Returns a field's number; 0 if the field is missing or not a number.</summary>
    public long Number(string name) =>
        long.TryParse(Text(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : 0;
}

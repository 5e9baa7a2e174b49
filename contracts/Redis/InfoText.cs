using System.Globalization;

namespace LastMile.Events.Redis;

/// <summary>The fields of an answer to <c>INFO</c>, of one section or of all.</summary>
internal sealed class InfoText
{
    private readonly Dictionary<string, string> fields = new(StringComparer.Ordinal);

    public InfoText(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            // A few fields, such as those of modules, come more than once: none that is read here.
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                fields.TryAdd(line[..colon], line[(colon + 1)..]);
        }
    }

    /// <summary>A field's text; empty when there is none.</summary>
    public string Text(string name) => fields.GetValueOrDefault(name, "");

    /// <summary>A field's number; 0 when there is none.</summary>
    public long Number(string name) => long.TryParse(Text(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : 0;
}

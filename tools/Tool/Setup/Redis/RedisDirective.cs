namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>A line of redis.conf.</summary>
/// <param name="Name">The setting's name.</param>
/// <param name="Value">Its value, without quotes.</param>
internal sealed record RedisDirective(string Name, string Value)
{
    /// <summary>Returns the settings of a configuration file from deploy/.</summary>
    public static IEnumerable<RedisDirective> Of(string file) =>
        EmbeddedFile.Read(file).Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', 2))
            .Select(words => new RedisDirective(words[0], words[1].Trim('"')));

    /// <summary>Returns the line, with the value in quotes if necessary.</summary>
    public override string ToString() =>
        $"{Name} {(Value.Length > 0 && Value.All(IsPlain) ? Value : Quote(Value))}";

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '/' or '-' or '_';

    private static string Quote(string value) =>
        $"\"{value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

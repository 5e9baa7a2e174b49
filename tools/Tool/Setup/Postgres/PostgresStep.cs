namespace LastMile.Events.Tool.Setup.Postgres;

/// <summary>Where a step runs.</summary>
internal enum StepPlace
{
    /// <summary>In any database of the server, as the administrator.</summary>
    Server,

    /// <summary>In the application's database, as the administrator.</summary>
    Database,

    /// <summary>In the application's database, as the role that owns the schema.</summary>
    Owner,
}

/// <summary>A step of <c>postgres_setup.sql</c>; that file describes the fields.</summary>
internal sealed record PostgresStep(string Title, StepPlace Place, string Sql)
{
    private const char FirstOfTitle = '#';

    /// <summary>The condition under which the step runs; null for always.</summary>
    public string? If { get; private init; }

    /// <summary>What the operator must do if the step did not run; null for nothing.</summary>
    public string? Else { get; private init; }

    /// <summary>The query whose result changes if the step changes anything.</summary>
    public string? Compare { get; private init; }

    /// <summary>What the operator must know if the server does not permit the step; null if that is a failure.</summary>
    public string? Refused { get; private init; }

    /// <summary>The option that the step needs; null for none.</summary>
    public string? Option { get; private init; }

    /// <summary>Returns the steps for an installation.</summary>
    public static IEnumerable<PostgresStep> All(PostgresNames names) =>
        EmbeddedFile.Read("postgres_setup.sql").Split($"\n--{FirstOfTitle} ").Skip(1).Select(text => Parse(text.Trim(), names));

    private static PostgresStep Parse(string text, PostgresNames names)
    {
        var lines = text.Split('\n');
        var markers = lines.Skip(1).TakeWhile(line => line.StartsWith("--", StringComparison.Ordinal))
            .Select(line => line[2..].Split(' ', 2, StringSplitOptions.TrimEntries))
            .ToDictionary(marker => marker[0], marker => names.Fill(marker[1]), StringComparer.Ordinal);
        return new(
            names.Describe(lines[0]),
            Enum.Parse<StepPlace>(markers["@"], ignoreCase: true),
            names.Fill(string.Join('\n', lines.Skip(1 + markers.Count))))
        {
            If = markers.GetValueOrDefault("if"),
            Else = markers.GetValueOrDefault("else"),
            Compare = markers.GetValueOrDefault("compare"),
            Refused = markers.GetValueOrDefault("refused"),
            Option = markers.GetValueOrDefault("option"),
        };
    }
}

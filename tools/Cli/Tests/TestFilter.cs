namespace LastMile.Events.Cli.Tests;

/// <summary>Selects the tests of a project to run.</summary>
/// <param name="Names">Runs tests whose full name contains one of these texts; empty for all tests.</param>
/// <param name="All">Whether to run the long tests too.</param>
internal sealed record TestFilter(IReadOnlyList<string> Names, bool All)
{
    private const string Long = "kind=long";
    private const string MeasuresTime = "kind=measures-time";

    /// <summary>Whether to run only the tests that measure time; false to run only the others.</summary>
    public bool Alone { get; init; }

    /// <summary>The filter as arguments for xunit.</summary>
    public IReadOnlyList<string> Arguments =>
    [
        .. Names.SelectMany(name => new[] { "-method", $"*{name}*" }),
        .. All ? Array.Empty<string>() : ["-trait-", Long],
        Alone ? "-trait" : "-trait-", MeasuresTime,
    ];
}

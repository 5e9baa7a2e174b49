namespace LastMile.Events.Cli.Tests;

/// <summary>Which tests of a project to run.</summary>
/// <param name="Names">Texts of which a test's full name contains one; empty for all tests.</param>
/// <param name="All">Whether the long tests run too.</param>
internal sealed record TestFilter(IReadOnlyList<string> Names, bool All)
{
    private const string Long = "kind=long";
    private const string MeasuresTime = "kind=measures-time";

    /// <summary>Whether to run the tests that hold something to milliseconds, and only those; false for all others.</summary>
    public bool Alone { get; init; }

    /// <summary>xunit's arguments for it.</summary>
    public IReadOnlyList<string> Arguments =>
    [
        .. Names.SelectMany(name => new[] { "-method", $"*{name}*" }),
        .. All ? Array.Empty<string>() : ["-trait-", Long],
        Alone ? "-trait" : "-trait-", MeasuresTime,
    ];
}

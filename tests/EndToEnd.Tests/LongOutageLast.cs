using Xunit.Sdk;
using Xunit.v3;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Runs what waits for the long outage's end after what can run meanwhile.</summary>
public sealed class LongOutageLast : ITestClassOrderer
{
    private static readonly string[] Waiting = [nameof(ReceiptTests), nameof(LongOutageTests), nameof(BusOutageTests), nameof(PrimaryTests)];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestClass?> OrderTestClasses<TTestClass>(IReadOnlyCollection<TTestClass?> testClasses)
        where TTestClass : notnull, ITestClass =>
        [.. testClasses.OrderBy(one => Array.IndexOf(Waiting, one?.TestClassSimpleName))];
}

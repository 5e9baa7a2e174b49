using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace LastMile.Events.Testing;

/// <summary>Says of a test class that it takes long, more than ten seconds or so: <see cref="LongestFirst"/> lets it begin early.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TakesLongAttribute : Attribute;

/// <summary>
/// Lets the classes that take long begin first, so that at the end of a run none goes on alone. Say
/// <c>[assembly: TestCollectionOrderer(typeof(LongestFirst))]</c> once.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private readonly string[] named =
        [.. Assembly.GetEntryAssembly()!.GetTypes().Where(type => type.IsDefined(typeof(TakesLongAttribute))).Select(type => $" {type.FullName} ")];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(collection => named.Any(name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)))];
}

using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace LastMile.Events.Testing;

/// <summary>Marks a test class that takes more than ten seconds or so: <see cref="StartsFirstOrderer"/> starts it before the others.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StartsFirstAttribute : Attribute;

/// <summary>
/// Starts the classes that take long before the others, so that none goes on alone at the end of a run. Declare
/// <c>[assembly: TestCollectionOrderer(typeof(StartsFirstOrderer))]</c> once.
/// </summary>
public sealed class StartsFirstOrderer : ITestCollectionOrderer
{
    private readonly string[] named =
        [.. Assembly.GetEntryAssembly()!.GetTypes().Where(type => type.IsDefined(typeof(StartsFirstAttribute))).Select(type => $" {type.FullName} ")];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(collection => named.Any(name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)))];
}

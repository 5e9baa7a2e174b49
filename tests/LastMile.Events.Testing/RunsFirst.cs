using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace LastMile.Events.Testing;

/// <summary>
/// Marks a test class that takes more than about ten seconds. <see cref="RunsFirstOrderer"/> starts it before the others.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RunsFirstAttribute : Attribute;

/// <summary>
/// Starts the marked test classes before the others, so that no long one starts last. Declare <c>[assembly:
/// TestCollectionOrderer(typeof(RunsFirstOrderer))]</c> once.
/// </summary>
public sealed class RunsFirstOrderer : ITestCollectionOrderer
{
    private readonly string[] firstClasses =
    [
        .. Assembly.GetEntryAssembly()!.GetTypes()
            .Where(type => type.IsDefined(typeof(RunsFirstAttribute)))
            .Select(type => $" {type.FullName} "),
    ];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [
            .. testCollections.OrderByDescending(collection =>
                firstClasses.Any(name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal))),
        ];
}

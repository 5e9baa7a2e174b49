using Xunit.v3;

namespace LastMile.Events.Testing;

/// <summary>Marks tests that take minutes. Only <c>./lastmile test --all</c> runs them.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class LongAttribute : Attribute, ITraitAttribute
{
    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("kind", "long")];
}

/// <summary>
/// Marks tests that assert a bound in milliseconds. <c>./lastmile test</c> runs them after all others, one project at a time.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class MeasuresTimeAttribute : Attribute, ITraitAttribute
{
    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("kind", "measures-time")];
}

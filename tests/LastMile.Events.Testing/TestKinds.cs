using Xunit.v3;

namespace LastMile.Events.Testing;

/// <summary>Marks tests that need minutes to prove something. Only <c>./lastmile test --all</c> runs them.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class LongAttribute : Attribute, ITraitAttribute
{
    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("kind", "long")];
}

/// <summary>
/// Marks tests that hold something to a bound in milliseconds. <c>./lastmile test</c> runs them after all others, one project at a time.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class MeasuresTimeAttribute : Attribute, ITraitAttribute
{
    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("kind", "measures-time")];
}

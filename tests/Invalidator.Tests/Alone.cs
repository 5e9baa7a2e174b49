using Xunit;

namespace Invalidator.Tests;

/// <summary>Collects the tests that measure delays. They run one at a time, after all other tests.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;

using Xunit;

namespace Invalidator.Tests;

/// <summary>The collection of tests that measure delays. They run one at a time, after all other tests.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;

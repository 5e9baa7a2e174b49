using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests that run while no other test of this project runs, because they measure delays.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;

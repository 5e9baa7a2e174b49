using Xunit;

namespace Fabric.Tests;

/// <summary>The collection of tests that run while no other test of this project runs.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;

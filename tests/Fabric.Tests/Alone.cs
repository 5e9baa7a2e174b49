using Xunit;

namespace Fabric.Tests;

/// <summary>Tests that run while no other test of this project runs.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;

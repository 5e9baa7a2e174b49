using Xunit;

namespace Fabric.Tests;

/// <summary>Tests that run when no other test of this project does.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;

using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests that measure how late something is: they run when all others are through, one at a time.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;

using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>The tests that share a running system: it takes half a minute to start.</summary>
[CollectionDefinition]
public sealed class SystemTests : ICollectionFixture<RunningSystem>;

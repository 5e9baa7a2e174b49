using LastMile.Events.Fabric;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>The tests that share a running system: it takes many seconds to start.</summary>
[CollectionDefinition]
public sealed class SystemTests : ICollectionFixture<RunningSystem>;

/// <summary>The tests that share a system of their own servers, which they stop.</summary>
[CollectionDefinition]
public sealed class OutageTests : ICollectionFixture<BreakableSystem>;

/// <summary>A system with a PostgreSQL and a RabbitMQ of its own.</summary>
public sealed class BreakableSystem : RunningSystem
{
    /// <inheritdoc/>
    protected override FabricOptions Options => base.Options with { Shared = null };
}

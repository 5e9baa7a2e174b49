using LastMile.Events.Fabric;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>The tests that share a running system, because it takes many seconds to start.</summary>
[CollectionDefinition]
public sealed class SystemTests : ICollectionFixture<RunningSystem>;

/// <summary>The tests that stop servers, and therefore share a system with its own.</summary>
[CollectionDefinition]
public sealed class OutageTests : ICollectionFixture<BreakableSystem>;

/// <summary>A system with its own PostgreSQL and RabbitMQ.</summary>
public sealed class BreakableSystem : RunningSystem
{
    /// <inheritdoc/>
    protected override FabricOptions Options => base.Options with { Shared = null };
}

using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Idle;

/// <summary>What everybody has used and done, at one moment.</summary>
/// <param name="At">The moment.</param>
/// <param name="Invalidator">The Invalidator.</param>
/// <param name="Agent">An agent.</param>
/// <param name="Primary">The primary.</param>
/// <param name="Region">The agent's region.</param>
/// <param name="Transactions">Transactions that PostgreSQL has ended in the Invalidator's database.</param>
internal sealed record IdleSample(long At, ProcessUsage Invalidator, ProcessUsage Agent, RedisUsage Primary, RedisUsage Region, long Transactions);

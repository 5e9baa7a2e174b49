using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Idle;

/// <summary>The resource usage of all parts at one moment.</summary>
/// <param name="At">The timestamp, in stopwatch ticks.</param>
/// <param name="Invalidator">The Invalidator's usage.</param>
/// <param name="Agent">The first agent's usage.</param>
/// <param name="Primary">The primary's usage.</param>
/// <param name="Region">The usage of the Redis in the agent's region.</param>
/// <param name="Transactions">Transactions committed or rolled back in the Invalidator's database.</param>
internal sealed record IdleSample(
    long At, ProcessUsage Invalidator, ProcessUsage Agent, RedisUsage Primary, RedisUsage Region, long Transactions);

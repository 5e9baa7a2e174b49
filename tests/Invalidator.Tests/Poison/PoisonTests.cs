using System.Diagnostics;
using System.Text.RegularExpressions;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests.Poison;

/// <summary>Tests that every malformed row and message is set aside with a reason and that no other purge is affected.</summary>
[RunsFirst]
public sealed partial class PoisonTests(SharedServers servers)
{
    // Allows only a few reasons per kind of fault, because an operator has to read them.
    private const int MaxReasons = 60;
    private const int MaxReasonLength = 1_500;
    private const int MaxErrorsRead = 1_000;

    // Each part of the service may hold one connection while the server stalls. A leak would use up the pool.
    private const int MaxConnections = 20;

    // A busy process grows by up to this much, however long it is busy.
    private const long MaxGrowth = 350L << 20;

    [Fact, Long]
    public Task A_million_harm_nothing() => HarmNothingAsync(rows: 900_000, messages: 100_000, TimeSpan.FromMinutes(60));

    [Fact, MeasuresTime]
    public Task Some_thousands_harm_nothing() => HarmNothingAsync(rows: 3_000, messages: 300, TimeSpan.FromMinutes(1));

    private async Task HarmNothingAsync(int rows, int messages, TimeSpan deadline)
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await InvalidatorProcess.StartAsync(world, ("Logging:LogLevel:MassTransit", "None"));
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        // The first rows and messages warm up the process: it compiles its code and allocates its buffers.
        await PoisonAsync(world, bus, seed: 1, rows / 20, messages / 20);
        await SetAsideAsync(world, bus, rows / 20, messages / 20, deadline);
        var (memory, connections) = (invalidator.Memory(), await ConnectionsAsync(world));

        var begin = Stopwatch.GetTimestamp();
        var poisoning = PoisonAsync(world, bus, seed: 2, rows - (rows / 20), messages - (messages / 20));
        var taken = new List<TimeSpan>();
        do
        {
            taken.Add(await PurgeTimeAsync(world, taken.Count + 1));
        }
        while (!poisoning.IsCompleted);
        await poisoning;
        await SetAsideAsync(world, bus, rows, messages, deadline);

        var reasons = await ReasonsAsync(world, bus);
        taken.Sort();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{rows} rows and {messages} messages in {Stopwatch.GetElapsedTime(begin).TotalSeconds:0} s; "
            + $"memory {memory >> 20} -> {invalidator.Memory() >> 20} MB; "
            + $"connections {connections} -> {await ConnectionsAsync(world)}; "
            + $"{taken.Count} well-formed changes purged in {taken[taken.Count / 2].TotalMilliseconds:0} ms (median), "
            + $"{taken[^1].TotalMilliseconds:0} ms at most; "
            + $"{reasons.Count} reasons:\n{string.Join('\n', reasons)}");
        Assert.InRange(reasons.Count, 5, MaxReasons);
        Assert.All(reasons, reason => Assert.InRange(reason.Length, 20, MaxReasonLength));
        Assert.DoesNotContain(reasons, reason => reason.Any(char.IsControl));
        // Checks the median: a busy machine delays some changes, but a queue of malformed ones would delay most.
        Assert.InRange(taken[taken.Count / 2], TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.InRange(invalidator.Memory(), 0, memory + MaxGrowth);
        Assert.InRange(await ConnectionsAsync(world), 1, MaxConnections);
    }

    private static async Task PoisonAsync(World world, BusProbe bus, int seed, int rows, int messages)
    {
        const int Chunk = 5_000;
        var (outbox, poison) = (new PoisonRows(seed), new PoisonMessages(seed));
        for (var written = 0; written < rows; written += Chunk)
            await outbox.WriteAsync(world, Math.Min(Chunk, rows - written));
        for (var sent = 0; sent < messages; sent++)
        {
            var (body, contentType) = poison.Next();
            await bus.SendRawAsync(body, contentType);
        }
    }

    // Returns the time from the commit of a well-formed change to its purge, amid the malformed ones.
    private static async Task<TimeSpan> PurgeTimeAsync(World world, int id)
    {
        await world.CacheAsync($"product:{id}");
        await world.ExecuteAsync($"insert into products values ({id}, 's', 1)");
        var committed = Stopwatch.GetTimestamp();
        await world.GoneAsync($"product:{id}");
        return Stopwatch.GetElapsedTime(committed);
    }

    // Waits until exactly as many rows and messages are set aside as were sent.
    private static async Task SetAsideAsync(World world, BusProbe bus, int rows, int messages, TimeSpan deadline)
    {
        // Waits for empty queues first, because counting the rows in each poll would take longer than processing them.
        await Eventually.Async(
            async () => !await world.ScalarAsync<bool>("select exists (select from lastmile.outbox)")
                && await bus.CountAsync("lastmile.changes.main") == 0,
            deadline);
        await Eventually.Async(
            async () => (
                await world.ScalarAsync<long>("select count(*) from lastmile.outbox_quarantine"),
                await bus.ErrorsAsync(),
                await bus.CountAsync("lastmile.changes.main")),
            seen => seen == (rows, messages, 0),
            TimeSpan.FromMinutes(1),
            $"{rows} rows in quarantine, {messages} messages in the error queue, 0 left");
    }

    private static async Task<long> ConnectionsAsync(World world) =>
        await world.ScalarAsync<long>(
            "select count(*) from pg_stat_activity "
            + "where datname = current_database() and application_name = 'lastmile-invalidator'");

    // Returns the distinct reasons without their variable parts.
    private static async Task<List<string>> ReasonsAsync(World world, BusProbe bus)
    {
        var all = new List<string>(await world.ScalarAsync<string[]>("select array_agg(distinct reason) from lastmile.outbox_quarantine"));
        for (var taken = 0; taken < MaxErrorsRead && await bus.ErrorsAsync() > 0; taken++)
            all.Add(await bus.NextErrorAsync());
        return [.. all.Select(reason => Varying().Replace(reason, "…")).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    // Matches the sender's own texts, identifiers and numbers.
    [GeneratedRegex(@"(?<=publishes it\. ).*|'.*'|[0-9a-f]{8}-[-0-9a-f]{27}|\d+|(?<=columns: ).*", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Varying();
}

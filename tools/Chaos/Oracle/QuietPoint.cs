using System.Diagnostics;
using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Load;
using Npgsql;
using RabbitMQ.Client.Exceptions;
using StackExchange.Redis;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>
/// Judges the system while no changes are made: it reads the database, every key in every region, pages of every Storefront process, and
/// the purge log. It shares no code with the services, only the format of keys, tags, entries and alerts that they promise to applications.
/// </summary>
internal sealed class QuietPoint(
    Scene scene, Broker broker, AlertHistory alerts, IReadOnlyList<CacheContents> regions, ReaderPages pages)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly Growth growth = new(scene);
    private long checkedUpTo;

    /// <summary>The number of keys compared with the database, over all quiet points.</summary>
    public long Keys { get; private set; }

    /// <summary>How long the system took to be consistent at the last quiet point.</summary>
    public TimeSpan LastSettling { get; private set; }

    /// <summary>The longest time that the system took to be consistent.</summary>
    public TimeSpan LongestSettling { get; private set; }

    public Growth Growth => growth;

    /// <summary>Starts the checks: only later changes count.</summary>
    public Task BeginAsync(CancellationToken cancellationToken) => ForgetLogAsync(cancellationToken);

    /// <summary>Waits until the system is consistent.</summary>
    /// <param name="patience">The longest time to wait.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The problems that remain after <paramref name="patience"/>; empty if there are none.</returns>
    public async Task<IReadOnlyList<string>> JudgeAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var wrong = await WrongAsync(cancellationToken);
        while (wrong.Count > 0 && Stopwatch.GetElapsedTime(begun) < patience)
        {
            await Task.Delay(Pause, cancellationToken);
            wrong = await WrongAsync(cancellationToken);
        }

        LastSettling = Stopwatch.GetElapsedTime(begun);
        LongestSettling = LastSettling > LongestSettling ? LastSettling : LongestSettling;
        await ForgetLogAsync(cancellationToken);
        return [.. wrong, .. alerts.Faults(), .. wrong.Count == 0 ? await growth.LookAsync(cancellationToken) : []];
    }

    private async Task<List<string>> WrongAsync(CancellationToken cancellationToken)
    {
        try
        {
            var wrong = new List<string>();
            // Cheap checks first: keys are compared only once the outbox is empty.
            Add(wrong, await CountAsync("select count(*) from lastmile.outbox"), "rows left in the outbox");
            Add(wrong, await CountAsync("select count(*) from lastmile.outbox_quarantine"), "rows in quarantine");
            Add(wrong, await broker.CountAsync("lastmile.changes.main_error", cancellationToken), "messages in the error queue");
            Add(wrong, await UnloggedAsync(cancellationToken), "changes whose purge is not in the log");
            wrong.AddRange(alerts.Open().Select(region => $"an alert from {region} without a recovery"));
            if (wrong.Count == 0)
                wrong.AddRange(await StaleAsync(cancellationToken));
            return wrong;
        }
        catch (Exception e) when (e is NpgsqlException or RedisException or TimeoutException or RabbitMQClientException)
        {
            return [$"the oracle could not read: {e.Message}"];
        }
    }

    private async Task<List<string>> StaleAsync(CancellationToken cancellationToken)
    {
        var truth = await Truth.ReadAsync(scene.Administrator, cancellationToken);
        var wrong = new List<string>();
        foreach (var region in regions)
        {
            var stale = new List<string>();
            await foreach (var (key, body) in region.ServedAsync(cancellationToken))
            {
                Keys++;
                if (!truth.Agrees(key, body))
                    stale.Add(key);
            }

            if (stale.Count > 0)
                wrong.Add($"{stale.Count} stale keys in {region.Region.Name}: {string.Join(", ", stale.Take(5))}");
        }

        wrong.AddRange(await pages.StaleAsync(truth, cancellationToken));
        return wrong;
    }

    private async Task<long> UnloggedAsync(CancellationToken cancellationToken)
    {
        await using var command = scene.Administrator.CreateCommand(OracleSql.Unlogged);
        command.Parameters.Add(new() { Value = checkedUpTo });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    // Deletes the record of purges that have been checked, so that it does not grow.
    private async Task ForgetLogAsync(CancellationToken cancellationToken)
    {
        checkedUpTo = await CountAsync("select pg_current_xact_id()::text::bigint");
        await CountAsync("with gone as (delete from chaos.logged returning 1) select count(*) from gone");
    }

    private async Task<long> CountAsync(string sql)
    {
        await using var command = scene.Administrator.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static void Add(List<string> wrong, long count, string what)
    {
        if (count > 0)
            wrong.Add($"{count} {what}");
    }
}

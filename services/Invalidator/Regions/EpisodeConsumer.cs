using System.Text.Json;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Schema;
using LastMile.Events.Messages;
using MassTransit;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Retry = LastMile.Events.Hosting.Retry;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>
/// Records each region's episodes from its alerts, for consumers that start during an episode. Ignores the alerts of other lineages.
/// </summary>
internal sealed class EpisodeConsumer(
    NpgsqlDataSource dataSource,
    SchemaInstallation schema,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    IOptions<InvalidatorOptions> options,
    TimeProvider time)
    : IConsumer<ReplicaLagDetected>, IConsumer<ReplicaLagRecovered>
{
    private static readonly string Sql = SqlFile.Read("record_episode");

    public Task Consume(ConsumeContext<ReplicaLagDetected> context) =>
        RecordAsync(context.Message, context.Message.At - context.Message.Since, ended: false, context.CancellationToken);

    public Task Consume(ConsumeContext<ReplicaLagRecovered> context)
    {
        var end = context.Message;
        var lasted = TimeSpan.FromMilliseconds(end.DurationMilliseconds);
        // The alert that began the episode may arrive later or be lost, so the row of an end must be complete by itself.
        var alert = new ReplicaLagDetected(
            end.Episode, end.Region, end.Worst, 0, end.WorstLagMilliseconds, null, LinkState.Up, end.At - lasted, end.At)
        {
            Lineage = end.Lineage,
        };
        return RecordAsync(alert, lasted, ended: true, context.CancellationToken);
    }

    /// <summary>Returns whether PostgreSQL rejects the data permanently. Only then does the message go to the error queue.</summary>
    internal static bool IsRefusal(Exception failure) => failure is PostgresException { SqlState: ['2', '2' or '3', ..] };

    private async Task RecordAsync(ReplicaLagDetected alert, TimeSpan lasted, bool ended, CancellationToken cancellationToken)
    {
        if (alert.Lineage != options.Value.Lineage)
            return;
        await schema.Installed.WaitAsync(cancellationToken);
        await Retry.Forever(time, postgres.Failed, IsRefusal).ExecuteAsync(
            async token =>
            {
                await using var command = dataSource.CreateCommand(Sql);
                command.Parameters.Add(new() { Value = alert.Region });
                command.Parameters.Add(new() { Value = alert.Episode });
                var json = JsonSerializer.Serialize(alert, JsonSerializerOptions.Web);
                command.Parameters.Add(new() { Value = json, NpgsqlDbType = NpgsqlDbType.Jsonb });
                command.Parameters.Add(new() { Value = lasted > TimeSpan.Zero ? lasted : TimeSpan.Zero });
                command.Parameters.Add(new() { Value = ended });
                await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken);
    }
}

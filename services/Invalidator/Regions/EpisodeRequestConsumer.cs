using System.Text.Json;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Messages;
using MassTransit;
using Microsoft.Extensions.Options;
using Npgsql;
using Retry = LastMile.Events.Hosting.Retry;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>Answers whether a region has an open episode, for consumers that have just started.</summary>
internal sealed class EpisodeRequestConsumer(
    NpgsqlDataSource dataSource,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    IOptions<InvalidatorOptions> options,
    TimeProvider time)
    : IConsumer<RegionEpisodeRequested>
{
    private static readonly string Sql = SqlFile.Read("open_episode");

    public async Task Consume(ConsumeContext<RegionEpisodeRequested> context)
    {
        // A request that was published instead of sent arrives at every lineage.
        if (context.Message.Lineage != options.Value.Lineage)
            return;
        var region = context.Message.Region ?? throw new InvalidRequestException("RegionEpisodeRequested names no region.");
        var answer = await Retry.Forever(time, postgres.Failed, EpisodeConsumer.IsRefusal).ExecuteAsync(
            async token => await ReadAsync(region, token), context.CancellationToken);
        await context.RespondAsync(answer);
    }

    private async Task<RegionEpisodeReported> ReadAsync(string region, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = region });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var newest = Answer(open: null, default);
        var earlier = new List<RegionEpisodeReported>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var alert = JsonSerializer.Deserialize<ReplicaLagDetected>(reader.GetString(0), JsonSerializerOptions.Web);
            var open = Answer(alert, reader.GetTimeSpan(1));
            if (reader.GetBoolean(2))
                newest = open;
            else
                earlier.Add(open);
        }

        return newest with { Earlier = earlier };

        RegionEpisodeReported Answer(ReplicaLagDetected? open, TimeSpan age) =>
            new(region, open, age.TotalMilliseconds) { Lineage = options.Value.Lineage };
    }
}

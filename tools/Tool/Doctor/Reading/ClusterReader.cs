using LastMile.Events.Redis;
using LastMile.Events.Tool.Doctor.Facts;
using LastMile.Events.Tool.Installation;
using StackExchange.Redis;

namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>
/// Reads each node of an independent region's cluster as the region's agent, because nodes share neither users nor names.
/// </summary>
internal sealed class ClusterReader(RedisSettings settings, string? operatorPassword, TimeProvider time, string lineage)
{
    /// <summary>Reads the nodes that the cluster lists.</summary>
    public Task<Fact<ClusterFacts>> ReadAsync(CancellationToken cancellationToken) =>
        Probe.ReadAsync(ReadNodesAsync, cancellationToken);

    private async Task<ClusterFacts> ReadNodesAsync(CancellationToken cancellationToken)
    {
        var options = RedisLogin.Options(settings.ConnectionString, settings.CaCertificate);
        options.CommandMap = CommandMap.Create(["CONFIG"], available: false);
        await using var connection = await RedisLogin.ConnectAsync(options);
        var server = RedisLogin.Server(connection);
        var answering = (await server.ClusterNodesAsync())?.Nodes
            ?? throw new InvalidOperationException("The server did not list the nodes of its cluster.");
        return new ClusterFacts(
            await Task.WhenAll(answering.Select(node => ReadAsync(node, cancellationToken))),
            [.. (await FailedNode.ListAsync(server)).Select(node => node.Address.Length > 0 ? node.Address : node.Id)],
            HashSlot.Count - answering.SelectMany(node => node.Slots).Sum(range => range.To - range.From + 1));
    }

    private async Task<RedisFacts> ReadAsync(ClusterNode node, CancellationToken cancellationToken)
    {
        var login = ConfigurationOptions.Parse(settings.ConnectionString);
        login.EndPoints.Clear();
        login.EndPoints.Add(node.EndPoint!);
        var place = settings with { ConnectionString = login.ToString(includePassword: true) };
        var reader = new RedisReader(place, NeededCommands.OfAgent, operatorPassword, time, lineage)
        {
            Shard = node.Slots.Count > 0 ? HashSlot.TagOf(node.Slots.Min(range => range.From)) : null,
        };
        return await reader.ReadAsync(cancellationToken);
    }
}

using System.Globalization;
using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>Finds out whether a carrier's delete propagates the keys that the primary does not hold.</summary>
/// <remarks>
/// It deletes, with the carrier, keys that exist nowhere, and looks by how much the replication stream grew: by their length where
/// the command goes out whole, by a few bytes where the server rewrites it. So it needs no way to a replica. Traffic of others can
/// only make the stream longer, so several tries must all show growth.
/// </remarks>
public static class CarrierProbe
{
    private const int Tries = 3;
    private const int Keys = 20;
    private const int KeyLength = 500;

    /// <summary>Probes a primary. Costs about 30 KB of replication stream.</summary>
    /// <param name="server">The primary, as <see cref="ReplicationInfo.ReadAsync"/> wants it.</param>
    /// <param name="primary">A database of it.</param>
    /// <param name="names">The names in use there.</param>
    /// <returns>What works there; null while no replica is attached, since nothing is propagated then.</returns>
    /// <exception cref="RedisException">The primary did not answer.</exception>
    public static async Task<Propagation?> RunAsync(IServer server, IDatabase primary, RedisKeys names)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(primary);
        ArgumentNullException.ThrowIfNull(names);

        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var before = await ReplicationInfo.ReadAsync(server);
            if (before.Replicas == 0)
                return null;

            RedisKey[] absent = [.. Enumerable.Range(0, Keys).Select(n => (RedisKey)$"{names.Prefix}probe:{n.ToString(CultureInfo.InvariantCulture).PadRight(KeyLength, '.')}")];
            var transaction = primary.CreateTransaction();
            _ = transaction.StringSetAsync(names.Carrier, "1");
            _ = transaction.KeyDeleteAsync([names.Carrier, .. absent]);
            await transaction.ExecuteAsync();

            var after = await ReplicationInfo.ReadAsync(server);
            if (after.Offset - before.Offset < Keys * KeyLength)
                return Propagation.Each;
        }

        return Propagation.Carrier;
    }
}

using System.Globalization;
using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>Detects whether deleting the carrier also propagates deletes of keys that the primary does not hold.</summary>
/// <remarks>
/// The probe deletes the carrier together with keys that exist nowhere, then measures how much the replication stream grew: by the keys'
/// length if the server propagates the whole command, or by a few bytes if the server rewrites the command. So the probe needs no
/// connection to a replica. Other clients' traffic also makes the stream grow, so every attempt must show the growth.
/// </remarks>
public static class CarrierProbe
{
    private const int MaxAttempts = 3;
    private const int Keys = 20;
    private const int KeyLength = 500;

    /// <summary>Probes a primary. Adds about 30 KB to the replication stream.</summary>
    /// <param name="server">The primary, as for <see cref="ReplicationInfo.ReadAsync"/>.</param>
    /// <param name="primary">A database of the primary.</param>
    /// <param name="names">The names used there.</param>
    /// <returns>The cheapest propagation that works; null while no replica is attached, because nothing is propagated then.</returns>
    /// <exception cref="RedisException">The primary did not answer.</exception>
    public static async Task<Propagation?> RunAsync(IServer server, IDatabase primary, RedisKeys names)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(primary);
        ArgumentNullException.ThrowIfNull(names);

        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var before = await ReplicationInfo.ReadAsync(server);
            if (before.Replicas == 0)
                return null;

            RedisKey[] absent = [.. Enumerable.Range(0, Keys).Select(n => AbsentKey(names, n))];
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

    private static RedisKey AbsentKey(RedisKeys names, int n) =>
        $"{names.Prefix}probe:{n.ToString(CultureInfo.InvariantCulture).PadRight(KeyLength, '.')}";
}

using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.Caching;

/// <summary>The settings of the cache.</summary>
public sealed class LastMileCacheOptions
{
    /// <summary>
    /// The region's Redis: the server next to this process, or nodes of a cluster. Set it with <see cref="Region(string)"/>.
    /// </summary>
    public ConfigurationOptions? RegionConfiguration { get; set; }

    /// <summary>
    /// The primary that the region's Redis replicates, if the region's Redis is a read-only replica: entries are stored on the primary and
    /// read from the replica. Default null: the region's Redis accepts writes. Set it with <see cref="RegionPrimary(string)"/>.
    /// </summary>
    public ConfigurationOptions? PrimaryConfiguration { get; set; }

    /// <summary>The prefix of LastMile's own names in Redis, as the services have it. Default <c>lm:</c>.</summary>
    public string KeyPrefix { get; set; } = RedisKeys.DefaultPrefix;

    /// <summary>
    /// The lineage of the database that the cache is filled from: <c>Invalidator:Lineage</c>. Default <c>main</c>.
    /// </summary>
    public string Lineage { get; set; } = RedisKeys.DefaultLineage;

    /// <summary>
    /// How long a value may be served from memory after the last proof that this process receives the region's purges. Default 2 s, from
    /// 1 s to 1 minute. It bounds the age of a value if the connection dies without a sign.
    /// </summary>
    public TimeSpan TrustFor { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a reader may take to load a value and fill its key. Default 5 s, from 100 ms to 10 minutes. If a reader crashes, others
    /// wait for it for this long at most, and then load the value themselves.
    /// </summary>
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The longest time from the start of a load to the expiry of its entry. Default 7 days. It must be at most the services' setting of
    /// the same name (<c>Invalidator:LongestEntryLifetime</c>), because older tag generations are deleted. Longer expirations are
    /// shortened.
    /// </summary>
    public TimeSpan LongestEntryLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// The memory that values may take in this process, in bytes. Default 100 MiB, at least 1 MiB. It also bounds their number: to one for
    /// each KiB, and to a million. The least recently used are evicted.
    /// </summary>
    public long MaximumLocalBytes { get; set; } = 100L * 1_024 * 1_024;

    /// <summary>How long a null result is cached. Default null: not at all. A purge of the key drops it.</summary>
    public TimeSpan? NoValueExpiration { get; set; }

    /// <summary>
    /// Whether values are used only while the region's agent reports that purges arrive in time. Default true. Set false only where no
    /// agent runs, such as on a developer's machine: nothing then notices that the region is behind.
    /// </summary>
    public bool RequireAgent { get; set; } = true;

    /// <summary>
    /// Whether <c>RemoveAsync</c> and <c>RemoveByTagAsync</c> remove from this process and its region only. Default false: they request a
    /// purge in all regions, and without a way to request one they throw. To renew tags here only, the application's user must be allowed
    /// to write tag generations. With <see cref="PrimaryConfiguration"/> they remove from all regions that replicate the same primary.
    /// </summary>
    public bool RemoveFromThisRegionOnly { get; set; }

    internal (Uri Address, string? Key)? Api { get; private set; }

    /// <summary>Requests the purges of <c>RemoveAsync</c> and <c>RemoveByTagAsync</c> through an Invalidator's HTTP API.</summary>
    /// <param name="address">The API's base address, such as <c>http://invalidator:5081</c>.</param>
    /// <param name="apiKey">An API key with the scope <c>purge</c>; null if the API requires none.</param>
    public void PurgeApi(Uri address, string? apiKey = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        Api = (address, apiKey);
    }

    /// <summary>Sets the region's Redis.</summary>
    /// <param name="configuration">
    /// The server next to this process, in StackExchange.Redis' form, such as <c>ams-redis:6379,user=application,password=…</c>. It may be
    /// a writable replica, an independent server or a cluster, or with <see cref="RegionPrimary(string)"/> a read-only replica. Of a
    /// cluster, give one or several nodes, or its configuration endpoint. An empty text sets none, which is reported when the application
    /// starts.
    /// </param>
    /// <exception cref="ArgumentException">The text is no such configuration.</exception>
    public void Region(string configuration) => RegionConfiguration = Parse(configuration);

    /// <summary>
    /// Sets the primary of a region whose Redis is a read-only replica, such as a secondary region of a Global Datastore.
    /// </summary>
    /// <param name="configuration">
    /// The server that the Invalidator applies purges on, in the same form as for <see cref="Region(string)"/>. It must be one server, no
    /// cluster, and so must be the region's Redis. An empty text sets none: the region's Redis accepts writes.
    /// </param>
    /// <exception cref="ArgumentException">The text is no such configuration.</exception>
    public void RegionPrimary(string configuration) => PrimaryConfiguration = Parse(configuration);

    private static ConfigurationOptions? Parse(string configuration) =>
        string.IsNullOrWhiteSpace(configuration) ? null : ConfigurationOptions.Parse(configuration);
}

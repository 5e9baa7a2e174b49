using LastMile.Events.Redis;
using Microsoft.Extensions.Options;

namespace Storefront;

/// <summary>The settings, bound to the root of the configuration.</summary>
internal sealed class StorefrontOptions
{
    /// <summary>The name of the region that this instance runs in, as in alerts.</summary>
    public string Region { get; set; } = "";

    /// <summary>How purges reach the region. Must equal <c>Region:Topology</c> of the region's agent.</summary>
    public RegionTopology Topology { get; set; } = RegionTopology.Replicated;

    /// <summary>
    /// In the independent topology: how long the region's agent, which reports every second, may be silent before reads bypass the cache.
    /// From 2 s to 10 minutes.
    /// </summary>
    public TimeSpan SilentAfter { get; set; } = TimeSpan.FromSeconds(5);

    public RedisSection Redis { get; set; } = new();

    public RabbitMqSection RabbitMq { get; set; } = new();

    internal sealed class RedisSection
    {
        /// <summary>The region's Redis, as a connection string of StackExchange.Redis.</summary>
        public string ConnectionString { get; set; } = "";

        public string KeyPrefix { get; set; } = RedisKeys.DefaultPrefix;
    }

    internal sealed class RabbitMqSection
    {
        /// <summary><c>amqp://user:password@host:port/vhost</c></summary>
        public string Uri { get; set; } = "";
    }
}

internal enum RegionTopology
{
    /// <summary>The region's Redis is a replica of the primary: purges arrive by replication.</summary>
    Replicated,

    /// <summary>The region's Redis is a separate server: the region's agent purges it.</summary>
    Independent,
}

internal sealed class StorefrontOptionsCheck(IConfiguration configuration) : IValidateOptions<StorefrontOptions>
{
    public ValidateOptionsResult Validate(string? name, StorefrontOptions options)
    {
        var errors = new List<string>();
        if (options.Region.Length == 0)
            errors.Add("Region is missing: the region that this instance runs in, such as ams.");
        if (string.IsNullOrEmpty(configuration.GetConnectionString("Storefront")))
            errors.Add("ConnectionStrings:Storefront is missing: the Npgsql connection string of the Storefront's database.");
        if (options.Redis.ConnectionString.Length == 0)
            errors.Add("Redis:ConnectionString is missing: the region's Redis, as host:port.");
        if (!Uri.TryCreate(options.RabbitMq.Uri, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps"))
            errors.Add("RabbitMq:Uri must be amqp://user:password@host:port/vhost.");

        if (options.SilentAfter < TimeSpan.FromSeconds(2) || options.SilentAfter > TimeSpan.FromMinutes(10))
            errors.Add($"SilentAfter must be from 00:00:02 to 00:10:00; it is {options.SilentAfter:c}.");

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}

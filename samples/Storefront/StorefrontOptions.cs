using LastMile.Events.Redis;
using Microsoft.Extensions.Options;

namespace Storefront;

/// <summary>The settings, bound to the root of the configuration.</summary>
internal sealed class StorefrontOptions
{
    public RedisSection Redis { get; set; } = new();

    public RabbitMqSection RabbitMq { get; set; } = new();

    internal sealed class RedisSection
    {
        /// <summary>The region's Redis, as a connection string of StackExchange.Redis.</summary>
        public string ConnectionString { get; set; } = "";

        /// <summary>The primary, if the region's Redis is a read-only replica; empty if not.</summary>
        public string PrimaryConnectionString { get; set; } = "";

        public string KeyPrefix { get; set; } = RedisKeys.DefaultPrefix;

        /// <summary>The lineage of the Storefront's database, as in <c>Invalidator:Lineage</c>.</summary>
        public string Lineage { get; set; } = RedisKeys.DefaultLineage;
    }

    internal sealed class RabbitMqSection
    {
        /// <summary><c>amqp://user:password@host:port/vhost</c></summary>
        public string Uri { get; set; } = "";
    }
}

internal sealed class StorefrontOptionsCheck(IConfiguration configuration) : IValidateOptions<StorefrontOptions>
{
    public ValidateOptionsResult Validate(string? name, StorefrontOptions options)
    {
        var errors = new List<string>();
        if (string.IsNullOrEmpty(configuration.GetConnectionString("Storefront")))
            errors.Add("ConnectionStrings:Storefront is missing: the Npgsql connection string of the Storefront's database.");
        if (options.Redis.ConnectionString.Length == 0)
            errors.Add("Redis:ConnectionString is missing: the region's Redis, as host:port.");
        if (!Uri.TryCreate(options.RabbitMq.Uri, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps"))
            errors.Add("RabbitMq:Uri must be amqp://user:password@host:port/vhost.");

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}

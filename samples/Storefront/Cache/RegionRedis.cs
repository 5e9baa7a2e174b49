using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Storefront.Cache;

/// <summary>
/// The connection to the region's Redis. It opens on first use and reconnects by itself; while it is down, commands fail at once.
/// </summary>
internal sealed class RegionRedis(IOptions<StorefrontOptions> options) : IHealthCheck, IAsyncDisposable
{
    private readonly Lazy<Task<ConnectionMultiplexer>> connection = new(() =>
    {
        var redis = ConfigurationOptions.Parse(options.Value.Redis.ConnectionString);
        redis.AbortOnConnectFail = false;
        redis.BacklogPolicy = BacklogPolicy.FailFast;
        redis.AsyncTimeout = 500;
        redis.ConnectTimeout = 1000;
        return ConnectionMultiplexer.ConnectAsync(redis);
    });

    public async Task<IDatabase> DatabaseAsync() => (await connection.Value).GetDatabase();

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        (await connection.Value).IsConnected
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded(
                "The region's Redis does not answer, so all reads go to the database. Check Redis:ConnectionString and the server.");

    public async ValueTask DisposeAsync()
    {
        if (connection.IsValueCreated)
            await (await connection.Value).DisposeAsync();
    }
}

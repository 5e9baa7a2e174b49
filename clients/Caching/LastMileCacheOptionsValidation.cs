using System.Net;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Caching;

/// <summary>Rejects wrong settings when the application starts, and reports all of them.</summary>
internal sealed class LastMileCacheOptionsValidation : IValidateOptions<LastMileCacheOptions>
{
    private const long LeastBytes = 1_024 * 1_024;

    public ValidateOptionsResult Validate(string? name, LastMileCacheOptions options)
    {
        string[] errors =
        [
            .. new[]
            {
                options.RegionConfiguration is { EndPoints.Count: > 0 } ? null
                    : "The region's Redis is missing. Set it: AddLastMileCache(cache => cache.Region(\"host:6379\")).",
                options.RegionConfiguration is null or { ServiceName: null } ? null
                    : "The region's Redis must be given without a service name: purges are received from the server that is read.",
                options.RegionConfiguration?.EndPoints.All(server => server is IPEndPoint or DnsEndPoint) ?? true ? null
                    : "The region's Redis must be given as host:port.",
                options.RegionConfiguration?.DefaultDatabase is null or 0 ? null
                    : "The region's Redis must use database 0, because purges reach no other; "
                        + $"it is {options.RegionConfiguration.DefaultDatabase}.",
                options.RegionConfiguration?.Tunnel is null ? null
                    : "The region's Redis must be reached without a tunnel, because the connection for purges does not use one.",
                options.PrimaryConfiguration is null
                    or { EndPoints: [IPEndPoint or DnsEndPoint], ServiceName: null, DefaultDatabase: null or 0 } ? null
                    : "RegionPrimary must be one server, given as host:port, without a service name, and its database 0.",
                options.PrimaryConfiguration is null || options.RegionConfiguration is not { EndPoints.Count: > 1 } ? null
                    : "With RegionPrimary, the region's Redis must be one server. A cluster can't have one.",
                !string.IsNullOrEmpty(options.KeyPrefix) ? null : $"{nameof(options.KeyPrefix)} must not be empty.",
                options.Lineage is { } lineage && RedisKeys.IsLineage(lineage) ? null
                    : $"{nameof(options.Lineage)} must be 1 to {RedisKeys.LineageLength} letters, digits, '-' or '_'; "
                        + $"it is '{options.Lineage}'.",
                Within(options.TrustFor, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), nameof(options.TrustFor)),
                Within(options.LeaseTime, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10), nameof(options.LeaseTime)),
                Within(options.LongestEntryLifetime, TimeSpan.FromHours(1), TimeSpan.FromDays(366), nameof(options.LongestEntryLifetime)),
                options.Api is null or { Address.IsAbsoluteUri: true } ? null : "The address of PurgeApi must be absolute.",
                options.MaximumLocalBytes >= LeastBytes ? null
                    : $"{nameof(options.MaximumLocalBytes)} must be at least {LeastBytes}; it is {options.MaximumLocalBytes}.",
                options.NoValueExpiration is null || options.NoValueExpiration > TimeSpan.Zero ? null
                    : $"{nameof(options.NoValueExpiration)} must be more than 0; it is {options.NoValueExpiration}.",
            }.OfType<string>(),
        ];
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static string? Within(TimeSpan value, TimeSpan least, TimeSpan greatest, string name) =>
        value >= least && value <= greatest ? null : $"{name} must be from {least} to {greatest}; it is {value}.";
}

using LastMile.Events.Tool.Installation;
using Npgsql;

namespace LastMile.Events.Tool.Setup.Services;

/// <summary>A setting of a service.</summary>
/// <param name="Name">The name, such as <c>Redis:ConnectionString</c>.</param>
/// <param name="Value">The value.</param>
/// <param name="Masked">The value with its password hidden; null if it contains none.</param>
/// <param name="Secret">The password in the value; null if it contains none.</param>
internal sealed record ServiceSetting(string Name, string Value, string? Masked = null, ServiceSecret? Secret = null)
{
    /// <summary>Returns the value to print.</summary>
    public string Shown(bool showSecrets) => showSecrets ? Value : Masked ?? Value;

    /// <summary>Returns the settings of a region's agent.</summary>
    public static IReadOnlyList<ServiceSetting> OfAgent(InstallationSettings installation, string name)
    {
        var (region, setting) = (installation.RegionNamed(name), $"Regions:{name}:");
        return
        [
            new("Region:Name", name),
            new("Region:Topology", region.Topology),
            .. Lineages(installation, region),
            Redis("Redis:ConnectionString", setting + "Redis:ConnectionString", region.Redis.ConnectionString),
            .. Optional("Redis:CaCertificate", region.Redis.CaCertificate),
            .. Optional("Redis:KeyPrefix", region.Redis.KeyPrefix ?? installation.KeyPrefix),
            .. RegionPrimary(region, setting),
            RabbitMq("RabbitMq:Uri", setting + "RabbitMq:Uri", region.RabbitMq?.Uri),
            .. Optional("RabbitMq:CaCertificate", region.RabbitMq?.CaCertificate),
            .. Log(installation, region, setting + "Log:Address"),
        ];
    }

    /// <summary>Returns the settings of a region's applications; empty if the installation has no login for them.</summary>
    public static IReadOnlyList<ServiceSetting> OfApplication(InstallationSettings installation, string name) =>
        installation.RegionNamed(name).ApplicationRedis is { } redis
            ?
            [
                Redis("Redis:ConnectionString", $"Regions:{name}:ApplicationRedis", redis),
                .. ApplicationPrimary(installation.RegionNamed(name), $"Regions:{name}:ApplicationPrimaryRedis"),
                .. Optional("Redis:KeyPrefix", installation.RegionNamed(name).Redis.KeyPrefix ?? installation.KeyPrefix),
                .. Optional("Redis:Lineage", installation.Invalidator?.Lineage),
            ]
            : [];

    /// <summary>Returns the settings of the Invalidators.</summary>
    public static IReadOnlyList<ServiceSetting> OfInvalidator(InstallationSettings installation)
    {
        var postgres = Login.ParsePostgres("Postgres:ConnectionString", installation.Postgres.ConnectionString);
        return
        [
            new(
                "Postgres:ConnectionString",
                installation.Postgres.ConnectionString,
                new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Password = SetupFile.Hidden }.ConnectionString,
                new("postgres-password", Login.OfPostgres("Postgres:ConnectionString", postgres.ConnectionString).Password)),
            // The Invalidator's role may not install the schema. A migration or 'lastmile setup postgres --schema' installs it.
            new("Invalidator:InstallSchema", "false"),
            .. Optional("Invalidator:Lineage", installation.Invalidator?.Lineage),
            .. Primary(installation.Redis),
            .. Optional("Redis:KeyPrefix", installation.KeyPrefix),
            RabbitMq("RabbitMq:Uri", "RabbitMq:Uri", installation.RabbitMq.Uri),
            .. Optional("RabbitMq:CaCertificate", installation.RabbitMq.CaCertificate),
            .. ApiKey(installation.Invalidator?.ApiKey),
            .. LogKeys(installation),
        ];
    }

    private static IEnumerable<ServiceSetting> Primary(RedisSettings? primary) => primary is null
        ? []
        :
        [
            Redis("Redis:ConnectionString", "Redis:ConnectionString", primary.ConnectionString),
            .. Optional("Redis:CaCertificate", primary.CaCertificate),
        ];

    private static IEnumerable<ServiceSetting> RegionPrimary(RegionSettings region, string setting) => !region.IsReadOnly
        ? []
        :
        [
            Redis(
                "Region:PrimaryConnectionString",
                setting + "PrimaryRedis:ConnectionString",
                region.PrimaryRedis?.ConnectionString,
                "primary-redis-password"),
            .. Optional("Region:PrimaryCaCertificate", region.PrimaryRedis?.CaCertificate),
        ];

    private static IEnumerable<ServiceSetting> ApplicationPrimary(RegionSettings region, string setting) => region.IsReadOnly
        ? [Redis("Redis:PrimaryConnectionString", setting, region.ApplicationPrimaryRedis, "primary-redis-password")]
        : [];

    // An agent without the setting serves the default lineage.
    private static IEnumerable<ServiceSetting> Lineages(InstallationSettings installation, RegionSettings region) =>
        region.Lineages is null && installation.Invalidator?.Lineage is null
            ? []
            : Served(installation, region).Select((name, index) => new ServiceSetting($"Region:Lineages:{index}:Name", name));

    private static IReadOnlyList<string> Served(InstallationSettings installation, RegionSettings region) =>
        region.Lineages ?? [installation.Lineage];

    // The log of this installation's own lineage.
    private static IEnumerable<ServiceSetting> Log(InstallationSettings installation, RegionSettings region, string addressSetting)
    {
        var index = Served(installation, region).ToList().IndexOf(installation.Lineage);
        if (region.Log is not { } log || index < 0)
            return [];
        var setting = $"Region:Lineages:{index}:";
        return
        [
            new(setting + "LogAddress", Placeholder.Filled(addressSetting, log.Address)),
            .. log.ApiKey is { } key
                ? (ServiceSetting[])[new(setting + "LogApiKey", key, SetupFile.Hidden, new("log-api-key", key))]
                : [],
            .. Optional(setting + "LogCaCertificate", log.CaCertificate),
        ];
    }

    // Regions may share a key. The Invalidator rejects the same key twice.
    private static IEnumerable<ServiceSetting> LogKeys(InstallationSettings installation)
    {
        var first = installation.Invalidator?.ApiKey is null ? 0 : 1;
        return installation.Regions.Where(region => region.Value.Log?.ApiKey is not null)
            .DistinctBy(region => region.Value.Log!.ApiKey, StringComparer.Ordinal)
            .SelectMany((region, index) => LogKey($"Api:Keys:{first + index}", region.Key, region.Value.Log!.ApiKey!));
    }

    private static IEnumerable<ServiceSetting> LogKey(string setting, string region, string key) =>
    [
        new(setting + ":Name", "agent-" + region),
        new(setting + ":Key", key, SetupFile.Hidden, new($"log-api-key-{region}", key)),
        new(setting + ":Scopes:0", "log"),
    ];

    private static IEnumerable<ServiceSetting> ApiKey(string? key) => key is null
        ? []
        :
        [
            new("Api:Keys:0:Name", "operator"),
            new("Api:Keys:0:Key", key, SetupFile.Hidden, new("api-key", key)),
            new("Api:Keys:0:Scopes:0", "read"),
            new("Api:Keys:0:Scopes:1", "purge"),
            new("Api:Keys:0:Scopes:2", "purge-all"),
        ];

    private static ServiceSetting Redis(string name, string setting, string? value, string secret = "redis-password") =>
        new(
            name,
            value!,
            Login.ParseRedis(setting, value).ToString(includePassword: false),
            new(secret, Login.OfRedis(setting, value).Password));

    private static ServiceSetting RabbitMq(string name, string setting, string? value) =>
        new(
            name,
            value!,
            new UriBuilder(Login.ParseRabbitMq(setting, value)) { Password = SetupFile.Hidden }.Uri.ToString(),
            new("rabbitmq-password", Login.OfRabbitMq(setting, value).Password));

    private static IEnumerable<ServiceSetting> Optional(string name, string? value) => value is null ? [] : [new(name, value)];
}

/// <summary>A password, under its key in the Secrets that deploy/kubernetes uses.</summary>
internal sealed record ServiceSecret(string Key, string Text);

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
            .. Optional("Redis:KeyPrefix", region.Redis.KeyPrefix ?? installation.Redis.KeyPrefix),
            RabbitMq("RabbitMq:Uri", setting + "RabbitMq:Uri", region.RabbitMq?.Uri),
            .. Optional("RabbitMq:CaCertificate", region.RabbitMq?.CaCertificate),
        ];
    }

    /// <summary>Returns the settings of a region's applications; empty if the installation has no login for them.</summary>
    public static IReadOnlyList<ServiceSetting> OfApplication(InstallationSettings installation, string name) =>
        installation.RegionNamed(name).ApplicationRedis is { } redis
            ?
            [
                Redis("Redis:ConnectionString", $"Regions:{name}:ApplicationRedis", redis),
                .. Optional("Redis:KeyPrefix", installation.RegionNamed(name).Redis.KeyPrefix ?? installation.Redis.KeyPrefix),
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
            Redis("Redis:ConnectionString", "Redis:ConnectionString", installation.Redis.ConnectionString),
            .. Optional("Redis:CaCertificate", installation.Redis.CaCertificate),
            .. Optional("Redis:KeyPrefix", installation.Redis.KeyPrefix),
            RabbitMq("RabbitMq:Uri", "RabbitMq:Uri", installation.RabbitMq.Uri),
            .. Optional("RabbitMq:CaCertificate", installation.RabbitMq.CaCertificate),
            .. ApiKey(installation.Invalidator?.ApiKey),
        ];
    }

    // An agent without the setting serves the default lineage.
    private static IEnumerable<ServiceSetting> Lineages(InstallationSettings installation, RegionSettings region) =>
        region.Lineages is null && installation.Invalidator?.Lineage is null
            ? []
            : (region.Lineages ?? [installation.Lineage])
                .Select((name, index) => new ServiceSetting($"Region:Lineages:{index}:Name", name));

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

    private static ServiceSetting Redis(string name, string setting, string value) =>
        new(
            name,
            value,
            Login.ParseRedis(setting, value).ToString(includePassword: false),
            new("redis-password", Login.OfRedis(setting, value).Password));

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

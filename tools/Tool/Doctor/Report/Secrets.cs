using LastMile.Events.Tool.Installation;
using Npgsql;
using StackExchange.Redis;

namespace LastMile.Events.Tool.Doctor.Report;

/// <summary>Removes the passwords of an installation file from texts, because an error message may contain one.</summary>
internal sealed class Secrets
{
    private readonly List<string> texts;

    public Secrets(InstallationSettings settings) => texts =
    [
        .. Find(settings).OfType<string>().Where(text => text.Length > 0)
            .SelectMany(text => new[] { text, Uri.EscapeDataString(text) })
            .Distinct(StringComparer.Ordinal)
            .OrderByDescending(text => text.Length),
    ];

    /// <summary>Returns a text without passwords.</summary>
    public string Remove(string text) =>
        texts.Aggregate(text, (current, secret) => current.Replace(secret, "***", StringComparison.Ordinal));

    private static IEnumerable<string?> Find(InstallationSettings settings)
    {
        yield return OfPostgres(settings.Postgres.ConnectionString);
        yield return OfPostgres(settings.Postgres.OwnerConnectionString);
        yield return settings.Invalidator?.ApiKey;
        yield return settings.RedisPasswords?.Operator;
        yield return settings.RedisPasswords?.Replica;
        yield return settings.RedisPasswords?.Sentinel;
        yield return OfRedis(settings.Redis?.ConnectionString);
        foreach (var region in settings.Regions.Values)
        {
            yield return OfRedis(region.Redis.ConnectionString);
            yield return OfRedis(region.ApplicationRedis);
            yield return OfRedis(region.PrimaryRedis?.ConnectionString);
            yield return OfRedis(region.ApplicationPrimaryRedis);
            yield return region.Log?.ApiKey;
        }

        foreach (var bus in settings.Regions.Values.Select(region => region.RabbitMq?.Uri).Prepend(settings.RabbitMq.Uri))
            yield return OfUri(bus);
    }

    private static string? OfPostgres(string? text) => Parse(text, login => new NpgsqlConnectionStringBuilder(login).Password);

    private static string? OfRedis(string? text) => Parse(text, login => ConfigurationOptions.Parse(login).Password);

    private static string? OfUri(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Split(':', 2) is [_, var password]
            ? Uri.UnescapeDataString(password)
            : null;

    private static string? Parse(string? text, Func<string, string?> read)
    {
        try
        {
            return text is null ? null : read(text);
        }
        catch (ArgumentException)
        {
            // The check file.address reports an invalid text without its content.
            return null;
        }
    }
}

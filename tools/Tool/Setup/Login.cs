using LastMile.Events.Tool.Installation;
using Npgsql;
using StackExchange.Redis;

namespace LastMile.Events.Tool.Setup;

/// <summary>The user and the password in a connection string of the installation file.</summary>
internal sealed record Login(string User, string Password)
{
    /// <summary>Reads a PostgreSQL connection string.</summary>
    /// <param name="setting">The setting's name, for messages.</param>
    /// <param name="value">The connection string.</param>
    public static Login OfPostgres(string setting, string? value)
    {
        var parsed = ParsePostgres(setting, value);
        return Complete(setting, parsed.Username, parsed.Password);
    }

    /// <summary>Reads a Redis connection string.</summary>
    /// <param name="setting">The setting's name, for messages.</param>
    /// <param name="value">The connection string.</param>
    public static Login OfRedis(string setting, string? value)
    {
        var parsed = ParseRedis(setting, value);
        var login = Complete(setting, parsed.User, parsed.Password);
        return login.User.Any(char.IsWhiteSpace) || login.User == "default"
            ? throw new InstallationFileException($"{setting} names the Redis user '{login.User}'. Choose another name, without spaces.")
            : login;
    }

    /// <summary>Reads an AMQP address.</summary>
    /// <param name="setting">The setting's name, for messages.</param>
    /// <param name="value">The address.</param>
    public static Login OfRabbitMq(string setting, string? value)
    {
        var parts = ParseRabbitMq(setting, value).UserInfo.Split(':', 2);
        return Complete(setting, Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.Length > 1 ? parts[1] : ""));
    }

    /// <summary>Parses a PostgreSQL connection string.</summary>
    /// <exception cref="InstallationFileException">It is missing, invalid or not filled in.</exception>
    public static NpgsqlConnectionStringBuilder ParsePostgres(string setting, string? value)
    {
        try
        {
            return new(Placeholder.Filled(setting, value));
        }
        catch (ArgumentException)
        {
            throw new InstallationFileException($"{setting} must be Host=…;Database=…;Username=…;Password=….");
        }
    }

    /// <summary>Parses a Redis connection string.</summary>
    /// <exception cref="InstallationFileException">It is missing, invalid or not filled in.</exception>
    public static ConfigurationOptions ParseRedis(string setting, string? value)
    {
        try
        {
            return ConfigurationOptions.Parse(Placeholder.Filled(setting, value));
        }
        catch (ArgumentException)
        {
            throw new InstallationFileException($"{setting} must be host:port,user=…,password=….");
        }
    }

    /// <summary>Parses an AMQP address.</summary>
    /// <exception cref="InstallationFileException">It is missing, invalid or not filled in.</exception>
    public static Uri ParseRabbitMq(string setting, string? value) =>
        Uri.TryCreate(Placeholder.Filled(setting, value), UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps"
            ? address
            : throw new InstallationFileException($"{setting} must be amqp://user:password@host:port/virtual-host.");

    private static Login Complete(string setting, string? user, string? password) =>
        string.IsNullOrEmpty(user) || string.IsNullOrEmpty(password)
            ? throw new InstallationFileException($"{setting} must name a user and a password.")
            : new(user, password);
}

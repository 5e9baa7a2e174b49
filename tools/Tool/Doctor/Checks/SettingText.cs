using LastMile.Events.Tool.Installation;
using Npgsql;
using StackExchange.Redis;

namespace LastMile.Events.Tool.Doctor.Checks;

/// <summary>An address in the installation file.</summary>
/// <param name="Place">Where it is, such as <c>Regions:ams:Agent</c>.</param>
/// <param name="Kind">Its form.</param>
/// <param name="Value">The text.</param>
internal sealed record SettingText(string Place, TextKind Kind, string Value)
{
    /// <summary>Returns all addresses of an installation.</summary>
    public static IEnumerable<SettingText> All(InstallationSettings settings)
    {
        yield return new("Postgres:ConnectionString", TextKind.Postgres, settings.Postgres.ConnectionString);
        if (settings.Postgres.OwnerConnectionString is { } owner)
            yield return new("Postgres:OwnerConnectionString", TextKind.Postgres, owner);
        if (settings.Redis is { } primary)
            yield return new("Redis:ConnectionString", TextKind.Redis, primary.ConnectionString);
        yield return new("RabbitMq:Uri", TextKind.RabbitMq, settings.RabbitMq.Uri);
        if (settings.Invalidator is { } api)
        {
            yield return new("Invalidator:Address", TextKind.Http, api.Address.OriginalString);
            yield return new("Invalidator:ApiKey", TextKind.Other, api.ApiKey ?? "");
        }

        foreach (var (name, region) in settings.Regions)
        {
            yield return new($"Regions:{name}:Redis:ConnectionString", TextKind.Redis, region.Redis.ConnectionString);
            if (region.ApplicationRedis is { } login)
                yield return new($"Regions:{name}:ApplicationRedis", TextKind.Redis, login);
            if (region.PrimaryRedis is { } filled)
                yield return new($"Regions:{name}:PrimaryRedis:ConnectionString", TextKind.Redis, filled.ConnectionString);
            if (region.ApplicationPrimaryRedis is { } filling)
                yield return new($"Regions:{name}:ApplicationPrimaryRedis", TextKind.Redis, filling);
            if (region.Log is { } log)
                yield return new($"Regions:{name}:Log:Address", TextKind.Other, log.Address);
            if (region.RabbitMq is { } bus)
                yield return new($"Regions:{name}:RabbitMq:Uri", TextKind.RabbitMq, bus.Uri);
            if (region.Agent is { } agent)
                yield return new($"Regions:{name}:Agent", TextKind.Http, agent.OriginalString);
        }
    }

    /// <summary>Returns whether the text has its form.</summary>
    public bool Parses()
    {
        try
        {
            return Kind switch
            {
                TextKind.Postgres => new NpgsqlConnectionStringBuilder(Value).Host is { Length: > 0 },
                TextKind.Redis => ConfigurationOptions.Parse(Value).EndPoints.Count > 0,
                TextKind.RabbitMq => Uri.TryCreate(Value, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps",
                TextKind.Http => Uri.TryCreate(Value, UriKind.Absolute, out var page) && page.Scheme is "http" or "https",
                _ => true,
            };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The form that the text should have.</summary>
    public string Form => Kind switch
    {
        TextKind.Postgres => "Host=…;Database=…;Username=…;Password=…, as Npgsql reads it",
        TextKind.Redis => "host:port with options after commas, as StackExchange.Redis reads it",
        TextKind.RabbitMq => "amqp://user:password@host:port/virtual-host, or amqps",
        _ => "http://host:port, or https",
    };

    /// <summary>Returns whether the text connects to another machine without TLS.</summary>
    public bool LacksTls() => Parses() && Kind switch
    {
        TextKind.Postgres => new NpgsqlConnectionStringBuilder(Value) is var postgres
            && !IsThisMachine(postgres.Host!)
            && postgres.SslMode is SslMode.Disable or SslMode.Allow or SslMode.Prefer,
        TextKind.Redis => ConfigurationOptions.Parse(Value) is { Ssl: false } redis
            && redis.EndPoints.Any(endpoint => !IsThisMachine(HostOf(endpoint))),
        TextKind.RabbitMq => new Uri(Value) is { Scheme: "amqp" } bus && !IsThisMachine(bus.Host),
        TextKind.Http => new Uri(Value) is { Scheme: "http" } page && !IsThisMachine(page.Host),
        _ => false,
    };

    /// <summary>How to use TLS.</summary>
    public string TlsRemedy => Kind switch
    {
        TextKind.Postgres => $"Add SSL Mode=VerifyFull to {Place}, and Root Certificate=… for a private CA.",
        TextKind.Redis => $"Add ssl=true to {Place}, and set CaCertificate for a private CA.",
        TextKind.RabbitMq => $"Use amqps in {Place}, and set CaCertificate for a private CA.",
        _ => "Use https: configure Urls and Kestrel:Certificates of the service, or let a proxy terminate TLS.",
    };

    private static bool IsThisMachine(string host) =>
        host is "localhost" or "" || host.StartsWith('/')
        || (System.Net.IPAddress.TryParse(host.Trim('[', ']'), out var address) && System.Net.IPAddress.IsLoopback(address));

    private static string HostOf(System.Net.EndPoint endpoint) =>
        endpoint is System.Net.DnsEndPoint named ? named.Host : ((System.Net.IPEndPoint)endpoint).Address.ToString();
}

/// <summary>The form of an address.</summary>
internal enum TextKind
{
    /// <summary>A connection string of Npgsql.</summary>
    Postgres,

    /// <summary>A connection string of StackExchange.Redis.</summary>
    Redis,

    /// <summary>An AMQP address.</summary>
    RabbitMq,

    /// <summary>An HTTP address.</summary>
    Http,

    /// <summary>Any text.</summary>
    Other,
}

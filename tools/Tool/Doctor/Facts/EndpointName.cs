using System.Net;

namespace LastMile.Events.Tool.Doctor.Facts;

/// <summary>Formats addresses as <c>host:port</c>.</summary>
internal static class EndpointName
{
    private const int Redis = 6379;
    private const int RedisWithTls = 6380;

    /// <summary>Returns <c>host:port</c>, with StackExchange.Redis's default ports.</summary>
    public static string Of(EndPoint endpoint, bool tls)
    {
        var (host, port) = endpoint is DnsEndPoint named
            ? (named.Host, named.Port)
            : (((IPEndPoint)endpoint).Address.ToString(), ((IPEndPoint)endpoint).Port);
        return $"{host}:{(port > 0 ? port : tls ? RedisWithTls : Redis)}";
    }
}

using System.Net;
using System.Net.Sockets;
#pragma warning disable IDE0005 // The Storefront, which shares this file, imports the namespaces implicitly.
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
#pragma warning restore IDE0005

namespace LastMile.Events.Hosting;

/// <summary>Finds the address on which a service with the same configuration listens.</summary>
internal static class ListeningAddress
{
    private const string Default = "http://localhost:5000";

    /// <summary>Reads the settings that <c>WebApplication.CreateBuilder</c> reads, except the command line.</summary>
    /// <param name="folder">The folder that contains appsettings.json.</param>
    public static IConfiguration Configuration(string folder)
    {
        var host = new ConfigurationBuilder().AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables("DOTNET_").Build();
        return new ConfigurationBuilder()
            .SetBasePath(folder)
            .AddConfiguration(host)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{host["ENVIRONMENT"] ?? "Production"}.json", optional: true)
            .AddEnvironmentVariables()
            .Build();
    }

    /// <summary>Returns the configured addresses, separated by semicolons.</summary>
    /// <param name="configuration">The settings of the service.</param>
    public static string Find(IConfiguration configuration)
    {
        // Kestrel's own section takes precedence, then the addresses, then the ports.
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>();
        string[] candidates =
        [
            string.Join(';', endpoints),
            configuration["URLS"] ?? "",
            string.Join(';', [.. OnPorts(configuration["HTTP_PORTS"], "http"), .. OnPorts(configuration["HTTPS_PORTS"], "https")]),
            Default,
        ];
        return candidates.First(candidate => candidate.Length > 0);
    }

    /// <summary>Returns a local address of the service, preferably without TLS.</summary>
    /// <param name="addresses">The configured addresses, separated by semicolons.</param>
    /// <returns>Null if there is no http or https address.</returns>
    public static Uri? Own(string addresses) => addresses
        .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(Parse).OfType<BindingAddress>()
        .Where(address => !address.IsUnixPipe && !address.IsNamedPipe && address.Scheme is "http" or "https")
        .OrderBy(address => address.Scheme.Length)
        .Select(address => new UriBuilder(address.Scheme, Reachable(address.Host), address.Port).Uri)
        .FirstOrDefault();

    private static BindingAddress? Parse(string address)
    {
        try
        {
            return BindingAddress.Parse(address);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // Kestrel listens on all interfaces unless the host is localhost or an IP address.
    private static string Reachable(string host)
    {
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var address) || address.Equals(IPAddress.Any))
            return "127.0.0.1";
        if (address.Equals(IPAddress.IPv6Any))
            return Socket.OSSupportsIPv6 ? "[::1]" : "127.0.0.1";
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : $"{address}";
    }

    private static IEnumerable<string> OnPorts(string? ports, string scheme) =>
        (ports ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(port => $"{scheme}://*:{port}");
}

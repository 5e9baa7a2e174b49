using System.Net;
using System.Net.Security;
#pragma warning disable IDE0005 // The Storefront, which shares this file, imports the namespace implicitly.
using Microsoft.Extensions.Configuration;
#pragma warning restore IDE0005

namespace LastMile.Events.Hosting;

/// <summary>
/// The command <c>--health</c>, the health check of images without a shell. It requests <c>/health/ready</c> of the service in the same
/// container, and contacts no other server.
/// </summary>
internal static class HealthCommand
{
    /// <summary>The only argument of the command.</summary>
    public const string Argument = "--health";

    private const string Path = "/health/ready";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>Requests <c>/health/ready</c> and prints the response of a service that is not ready.</summary>
    /// <returns>The exit code: 0 if the service is ready, otherwise 1.</returns>
    public static async Task<int> RunAsync()
    {
        var (ready, text) = await CheckAsync(ListeningAddress.Configuration(AppContext.BaseDirectory));
        if (!ready)
            await Console.Out.WriteLineAsync(text);
        return ready ? 0 : 1;
    }

    internal static async Task<(bool Ready, string Text)> CheckAsync(IConfiguration configuration)
    {
        var configured = ListeningAddress.Find(configuration);
        if (ListeningAddress.Own(configured) is not { } address)
            return (false, $"'{configured}' has no http or https address. Set URLS to one, such as http://+:8080.");

        var target = new Uri(address, Path);
        try
        {
            using var http = new HttpClient(AnyCertificate()) { Timeout = Timeout };
            using var response = await http.GetAsync(target);
            return (response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            var reason = failure is TaskCanceledException
                ? $"No answer within {Timeout.TotalSeconds} s"
                : failure.GetBaseException().Message.TrimEnd('.');
            return (false, $"GET {target}: {reason}. Check that the service runs and listens at this address.");
        }
    }

#pragma warning disable CA5359 // The certificate names the service's public host, but this request goes to a local address.
    private static SocketsHttpHandler AnyCertificate() => new()
    {
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    };
#pragma warning restore CA5359
}

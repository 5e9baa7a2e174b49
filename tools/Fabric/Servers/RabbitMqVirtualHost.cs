using System.Net.Http.Json;
using System.Security.Cryptography;

namespace LastMile.Events.Fabric;

/// <summary>Creates RabbitMQ virtual hosts, which isolate tests from each other as databases do.</summary>
public static class RabbitMqVirtualHost
{
    private static readonly HttpClient Http = new();

    /// <summary>Creates an empty virtual host with a random name.</summary>
    /// <param name="management">The HTTP API, including user and password.</param>
    /// <param name="amqp">The broker's <c>amqp://</c> address, including user and password.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The virtual host's <c>amqp://</c> address, including user and password.</returns>
    public static async Task<Uri> CreateAsync(Uri management, Uri amqp, CancellationToken cancellationToken = default)
    {
        var name = "test_" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(management, $"api/vhosts/{name}"))
        {
            Content = JsonContent.Create(new { }),
        };
        request.Headers.Authorization = ServerProbe.Credentials(management);
        using var response = await Http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return new Uri(amqp, name);
    }
}

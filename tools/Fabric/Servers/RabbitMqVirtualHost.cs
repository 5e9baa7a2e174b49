using System.Net.Http.Json;
using System.Security.Cryptography;

namespace LastMile.Events.Fabric;

/// <summary>Creates virtual hosts of a RabbitMQ, which separate its users like databases.</summary>
public static class RabbitMqVirtualHost
{
    private static readonly HttpClient Http = new();

    /// <summary>Creates an empty one with a random name.</summary>
    /// <param name="management">The HTTP API, user and password included.</param>
    /// <param name="amqp">The RabbitMQ's <c>amqp://</c> address, user and password included.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its <c>amqp://</c> address, user and password included.</returns>
    public static async Task<Uri> CreateAsync(Uri management, Uri amqp, CancellationToken cancellationToken = default)
    {
        var name = "test_" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(management, $"api/vhosts/{name}")) { Content = JsonContent.Create(new { }) };
        request.Headers.Authorization = ServerProbe.Credentials(management);
        using var response = await Http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return new Uri(amqp, name);
    }
}

using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LastMile.Events.Fabric;

/// <summary>Who connects to RabbitMQ: a user of deploy/'s definitions.</summary>
/// <param name="Name">Its name there.</param>
public sealed record RabbitMqUser(string Name)
{
    private const string DefinedRegion = "ams";
    private static readonly string[] RightNames = ["configure", "write", "read"];
    private static readonly HttpClient Http = new();

    /// <summary>The Invalidators.</summary>
    public static RabbitMqUser Invalidator { get; } = new("lastmile-invalidator");

    /// <summary>An application that publishes changes and listens to alerts.</summary>
    public static RabbitMqUser Application { get; } = new("storefront");

    /// <summary>The agents of a region.</summary>
    /// <param name="region">The region's name.</param>
    public static RabbitMqUser Agent(string region) => new("lastmile-agent-" + region);

    /// <summary>Creates it in a virtual host, with a new password and the rights that deploy/ gives it.</summary>
    /// <param name="management">The HTTP API, user and password included.</param>
    /// <param name="virtualHost">The virtual host, as an administrator's <c>amqp</c> address.</param>
    /// <returns>The virtual host as its address.</returns>
    public async Task<Uri> CreateAsync(Uri management, Uri virtualHost)
    {
        ArgumentNullException.ThrowIfNull(virtualHost);
        var host = virtualHost.AbsolutePath.Trim('/');
        // Users are the whole broker's, and rights a virtual host's.
        var (login, password) = (host.Length == 0 ? Name : $"{Name}.{host}", RandomNumberGenerator.GetHexString(32));
        await PutAsync(management, $"api/users/{login}", new { password, tags = "" });
        await PutAsync(management, $"api/permissions/{(host.Length == 0 ? "%2F" : host)}/{login}", Rights());
        return new UriBuilder(virtualHost) { UserName = login, Password = password }.Uri;
    }

    private Dictionary<string, string> Rights()
    {
        using var definitions = JsonDocument.Parse(File.ReadAllText(FabricFile.Path("rabbitmq-definitions.json")));
        var region = Name.StartsWith(Agent("").Name, StringComparison.Ordinal) ? Name[Agent("").Name.Length..] : null;
        var defined = region is null ? this : Agent(DefinedRegion);
        var permissions = definitions.RootElement.GetProperty("permissions").EnumerateArray().Single(entry => entry.GetProperty("user").GetString() == defined.Name);
        return RightNames.ToDictionary(
            right => right,
            right => permissions.GetProperty(right).GetString()!.Replace($@"\.{DefinedRegion}", $@"\.{Regex.Escape(region ?? DefinedRegion)}", StringComparison.Ordinal),
            StringComparer.Ordinal);
    }

    private static async Task PutAsync<T>(Uri management, string path, T body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(management, path)) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = ServerProbe.Credentials(management);
        using var response = await Http.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }
}

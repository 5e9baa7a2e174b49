using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LastMile.Events.Fabric;

/// <summary>A RabbitMQ user from the definitions in deploy/.</summary>
/// <param name="Name">The name in the definitions.</param>
public sealed record RabbitMqUser(string Name)
{
    private const string DefinedRegion = "ams";
    private static readonly string[] RightNames = ["configure", "write", "read"];
    private static readonly HttpClient Http = new();

    /// <summary>The user of the Invalidators.</summary>
    public static RabbitMqUser Invalidator { get; } = new("lastmile-invalidator");

    /// <summary>The user of an application that publishes changes and subscribes to alerts.</summary>
    public static RabbitMqUser Application { get; } = new("storefront");

    /// <summary>Returns the user of a region's agents.</summary>
    /// <param name="region">The region's name.</param>
    public static RabbitMqUser Agent(string region) => new("lastmile-agent-" + region);

    /// <summary>Creates the user for a virtual host, with a new password and the rights from deploy/.</summary>
    /// <param name="management">The HTTP API, including user and password.</param>
    /// <param name="virtualHost">The virtual host, as an administrator's <c>amqp://</c> address.</param>
    /// <returns>The user's <c>amqp://</c> address of the virtual host.</returns>
    public async Task<Uri> CreateAsync(Uri management, Uri virtualHost)
    {
        ArgumentNullException.ThrowIfNull(virtualHost);
        var host = virtualHost.AbsolutePath.Trim('/');
        // Users belong to the whole broker, permissions to a virtual host.
        var (login, password) = (host.Length == 0 ? Name : $"{Name}.{host}", RandomNumberGenerator.GetHexString(32));
        await PutAsync(management, $"api/users/{login}", new { password, tags = "" });
        await PutAsync(management, $"api/permissions/{(host.Length == 0 ? "%2F" : host)}/{login}", Rights());
        return new UriBuilder(virtualHost) { UserName = login, Password = password }.Uri;
    }

    /// <summary>Returns the permissions from deploy/ by name: <c>configure</c>, <c>write</c> and <c>read</c>.</summary>
    public IReadOnlyDictionary<string, string> Rights()
    {
        using var definitions = JsonDocument.Parse(File.ReadAllText(FabricFile.Path("rabbitmq-definitions.json")));
        var region = Name.StartsWith(Agent("").Name, StringComparison.Ordinal) ? Name[Agent("").Name.Length..] : null;
        var defined = region is null ? this : Agent(DefinedRegion);
        var permissions = definitions.RootElement.GetProperty("permissions").EnumerateArray()
            .Single(entry => entry.GetProperty("user").GetString() == defined.Name);
        return RightNames.ToDictionary(
            right => right,
            right => permissions.GetProperty(right).GetString()!.Replace(
                $@"\.{DefinedRegion}", $@"\.{Regex.Escape(region ?? DefinedRegion)}", StringComparison.Ordinal),
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

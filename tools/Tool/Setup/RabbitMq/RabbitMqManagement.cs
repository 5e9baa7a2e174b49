using LastMile.Events.Tool.Installation;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LastMile.Events.Tool.Setup.RabbitMq;

/// <summary>A client of RabbitMQ's management API.</summary>
internal sealed class RabbitMqManagement : IDisposable
{
    private const string Plugin =
        "Enable its plugin: rabbitmq-plugins enable rabbitmq_management. Or, without it, run 'lastmile setup rabbitmq --output FOLDER', "
        + "then rabbitmqctl import_definitions FOLDER/definitions.json.";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private readonly HttpClient http;
    private readonly string address;

    /// <summary>Creates a client; does not connect.</summary>
    /// <param name="admin">The API's address, including an administrator's name and password.</param>
    /// <param name="caCertificate">The PEM file of the private CA that signs the broker's certificate, for https; null for none.</param>
    public RabbitMqManagement(string admin, string? caCertificate)
    {
        if (!Uri.TryCreate(admin.TrimEnd('/') + "/", UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
            || uri.UserInfo.Length == 0)
        {
            throw new RefusedException("--admin must be the address of the management API: http://user:password@host:15672.");
        }

        address = uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        http = new HttpClient(Handler(uri, caCertificate)) { BaseAddress = uri, Timeout = Timeout };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(uri.UserInfo))));
    }

    private static SocketsHttpHandler Handler(Uri address, string? caCertificate)
    {
        var handler = new SocketsHttpHandler();
        if (address.Scheme != "https" || caCertificate is not { Length: > 0 } file)
            return handler;
        if (TrustedCa.Problem(file) is { } problem)
            throw new RefusedException($"The CaCertificate {file} in the installation file can't be used: {problem}");
        handler.SslOptions.RemoteCertificateValidationCallback = new TrustedCa(file).Validate;
        return handler;
    }

    public void Dispose() => http.Dispose();

    /// <summary>Throws if the API does not answer, or does not accept the login as an administrator's.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var user = await GetAsync("api/whoami", cancellationToken)
            ?? throw new SetupException($"{address} is not RabbitMQ's management API. {Plugin}");
        if (!user["tags"]!.ToJsonString().Contains("administrator", StringComparison.Ordinal))
        {
            throw new SetupException(
                $"RabbitMQ's user {user["name"]} is no administrator. Run: rabbitmqctl set_user_tags {user["name"]} administrator");
        }
    }

    /// <summary>Returns an object; null if it does not exist.</summary>
    public async Task<JsonNode?> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new(HttpMethod.Get, path), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        try
        {
            return JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (JsonException)
        {
            throw new SetupException($"{address} is not RabbitMQ's management API. {Plugin}");
        }
    }

    /// <summary>Creates or replaces an object.</summary>
    public async Task PutAsync(string path, JsonObject content, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new(HttpMethod.Put, path) { Content = JsonContent.Create(content) }, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await http.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode || (response.StatusCode == HttpStatusCode.NotFound && request.Method == HttpMethod.Get))
                return response;
            using (response)
                throw Refusal(request, response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (Exception failure) when (
            failure is HttpRequestException || (failure is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var reason = failure.GetBaseException().Message;
            throw new SetupException($"RabbitMQ's management API does not answer at {address} ({reason}). {Plugin}", failure);
        }
        finally
        {
            request.Dispose();
        }
    }

    private SetupException Refusal(HttpRequestMessage request, HttpStatusCode status, string text) => status == HttpStatusCode.Unauthorized
        ? new($"RabbitMQ at {address} refuses the login of --admin. Correct the user or the password. "
            + "(The user guest may log in only from the broker's machine.)")
        : new($"RabbitMQ at {address} refused {request.Method} {request.RequestUri}: {(int)status} {text}");
}

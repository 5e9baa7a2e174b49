using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;

namespace LastMile.Events.RegionAgent.Log;

/// <summary>
/// Reads a lineage's purge log over the Invalidators' HTTP API. Stays with an address as long as it answers, and then tries the next one.
/// Thread-safe.
/// </summary>
internal sealed class PurgeLogClient : IDisposable
{
    /// <summary>The maximum number of batches in a page, which is the API's own limit.</summary>
    public const int MaxBatches = 1_000;

    // A page names about 10,000 keys and tags, in at most 12 MiB of a message. JSON escapes may double that.
    private const int MaxBytes = 32 * 1024 * 1024;
    private const int ShownLength = 300;

    // An Invalidator that hangs must not delay the purges by more than this, in addition to the wait that was requested.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BodyTimeout = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly IReadOnlyList<Uri> addresses;
    private readonly TimeProvider time;
    private readonly HttpClient http;
    private int current;

    /// <summary>Prepares the client; nothing is sent before the first read.</summary>
    /// <param name="lineage">The addresses, the key and the CA.</param>
    /// <param name="time">The clock for timeouts.</param>
    public PurgeLogClient(LineageOptions lineage, TimeProvider time)
    {
        (addresses, this.time) = (lineage.Addresses(), time);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = AnswerTimeout,
            // Resolves the name again from time to time: another Invalidator may have it.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        };
        if (lineage.LogCaCertificate is { Length: > 0 } file)
        {
            handler.SslOptions.RemoteCertificateValidationCallback =
                new CustomCaValidator($"Region:Lineages:{lineage.Name}:{nameof(LineageOptions.LogCaCertificate)}", file).Validate;
        }

        http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        if (lineage.LogApiKey is { } key)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Whether the agent has access to the log.</summary>
    public bool IsConfigured => addresses.Count > 0;

    /// <summary>The address that answered last, or the first one.</summary>
    public Uri Address => addresses[Volatile.Read(ref current)];

    /// <summary>Reads a page.</summary>
    /// <param name="after">The page begins after this watermark; <c>default</c> for the beginning of the log.</param>
    /// <param name="limit">The maximum number of batches.</param>
    /// <param name="wait">How long the Invalidator waits for a batch before it responds with an empty page.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="LogUnavailableException">No address answered with a page. The message names the last one.</exception>
    public async Task<LogPage> ReadAsync(Watermark after, int limit, TimeSpan wait, CancellationToken cancellationToken)
    {
        var parameters = $"purges?limit={limit}"
            + (after == default ? "" : $"&after={after}")
            + (wait == TimeSpan.Zero ? "" : $"&wait={Duration.Format(wait)}");
        for (var attempt = 1; ; attempt++)
        {
            var (index, address) = (Volatile.Read(ref current), Address);
            try
            {
                return await ReadAsync(new Uri($"{address.AbsoluteUri.TrimEnd('/')}/{parameters}"), wait, cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                Interlocked.CompareExchange(ref current, (index + 1) % addresses.Count, index);
                if (attempt >= addresses.Count)
                    throw new LogUnavailableException($"The purge log at {address} can't be read: {Reason(failure)}", failure);
            }
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<LogPage> ReadAsync(Uri page, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(wait + AnswerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using var response = await http.GetAsync(page, HttpCompletionOption.ResponseHeadersRead, either.Token);
        deadline.CancelAfter(BodyTimeout);
        await response.Content.LoadIntoBufferAsync(MaxBytes, either.Token);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"{(int)response.StatusCode} {await DetailAsync(response, either.Token)}");
        return await response.Content.ReadFromJsonAsync<LogPage>(Json, either.Token)
            ?? throw new JsonException("The response is empty.");
    }

    private static async Task<string> DetailAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            if (JsonElement.Parse(text).TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String)
                text = detail.GetString()!;
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException)
        {
            // Not an Invalidator's response: show its beginning.
        }

        return string.Concat(text.Take(ShownLength).Select(c => char.IsControl(c) ? ' ' : c));
    }

    private static string Reason(Exception failure) =>
        failure is OperationCanceledException ? "It did not respond in time." : failure.Reason();
}

/// <summary>The purge log could not be read over HTTP.</summary>
internal sealed class LogUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

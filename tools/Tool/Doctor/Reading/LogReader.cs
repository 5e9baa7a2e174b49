using System.Net.Http.Headers;
using System.Text.Json;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>Reads the purge log as a region's agent does.</summary>
internal static class LogReader
{
    /// <summary>Reads one batch from each address.</summary>
    /// <returns>The first address that does not answer, or refuses the key, with the reason; null if all answer.</returns>
    public static async Task<string?> ReadAsync(LogSettings log, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false };
        if (log.CaCertificate is { } file)
            handler.SslOptions.RemoteCertificateValidationCallback = new TrustedCa(file).Validate;
        using var http = new HttpClient(handler);
        foreach (var address in log.Address.Split(',', StringSplitOptions.TrimEntries))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{address.TrimEnd('/')}/purges?limit=1"));
            if (log.ApiKey is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", log.ApiKey);
            try
            {
                using var response = await http.SendAsync(request, cancellationToken);
                if (!response.IsSuccessStatusCode)
                    throw new HttpRequestException($"{(int)response.StatusCode} {response.ReasonPhrase}");
                _ = JsonElement.Parse(await response.Content.ReadAsStringAsync(cancellationToken)).GetProperty("purges");
            }
            catch (Exception failure) when (failure is HttpRequestException or JsonException or KeyNotFoundException)
            {
                return $"{address}: {Probe.Explain(failure)}";
            }
        }

        return null;
    }
}

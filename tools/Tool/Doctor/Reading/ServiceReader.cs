using System.Net.Http.Headers;
using System.Text.Json;
using LastMile.Events.Tool.Doctor.Facts;

namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>Reads the state of an Invalidator or an agent over HTTP.</summary>
/// <param name="http">The client.</param>
/// <param name="address">The service's address.</param>
/// <param name="apiKey">The API key; null for none.</param>
/// <param name="time">The clock.</param>
internal sealed class ServiceReader(HttpClient http, Uri address, string? apiKey, TimeProvider time)
{
    /// <summary>Reads all facts.</summary>
    /// <param name="isInvalidator">Whether to read the regions, which only an Invalidator knows.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    public async Task<ServiceFacts> ReadAsync(bool isInvalidator, CancellationToken cancellationToken)
    {
        var clock = Fact<TimeSpan>.Unknown("The service was not reached.");
        var problems = await Probe.ReadAsync(
            async token =>
            {
                var before = time.GetUtcNow();
                using var response = await SendAsync("health/ready", token);
                if (response.Headers.Date is { } date)
                    clock = Fact<TimeSpan>.Known(Clock.Offset(date, before.AddSeconds(-1), time.GetUtcNow()));
                return ProblemsOf(await response.Content.ReadAsStringAsync(token), response.RequestMessage!.RequestUri!);
            },
            cancellationToken);
        return new ServiceFacts
        {
            Address = address,
            Problems = problems,
            ClockOffset = clock,
            Status = await OnServiceAsync<IReadOnlyDictionary<string, string>>(
                problems, async token => Fields(await GetAsync("status", token)), cancellationToken),
            Regions = isInvalidator
                ? await OnServiceAsync(problems, async token => RegionsOf(await GetAsync("regions", token)), cancellationToken)
                : Fact<IReadOnlyList<ReportedRegion>>.Unknown("Only an Invalidator knows the regions."),
        };
    }

    private static async Task<Fact<T>> OnServiceAsync<T>(
        Fact<IReadOnlyList<ServiceProblem>> reached, Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        reached.Missing is null ? await Probe.ReadAsync(read, cancellationToken) : Fact<T>.Unknown("The service was not reached.");

    private async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(path, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"{(int)response.StatusCode}: {Detail(body)}");
        return JsonElement.Parse(body);
    }

    private async Task<HttpResponseMessage> SendAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, path));
        if (apiKey is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        return await http.SendAsync(request, cancellationToken);
    }

    private static string Detail(string body)
    {
        try
        {
            return JsonElement.Parse(body).GetProperty("detail").GetString() ?? body;
        }
        catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "the response is not from a LastMile service";
        }
    }

    private static IReadOnlyList<ServiceProblem> ProblemsOf(string body, Uri page)
    {
        try
        {
            return
            [
                .. JsonElement.Parse(body).GetProperty("checks").EnumerateArray()
                    .Where(check => check.GetProperty("status").GetString() != "Healthy")
                    .Select(check => new ServiceProblem(
                        check.GetProperty("name").GetString()!,
                        check.GetProperty("status").GetString() == "Degraded",
                        check.GetProperty("description").GetString() ?? "no reason")),
            ];
        }
        catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HttpRequestException($"The response of {page} is not from a LastMile service", other);
        }
    }

    private static Dictionary<string, string> Fields(JsonElement status) => status.EnumerateObject()
        .ToDictionary(member => member.Name, member => member.Value.ToString(), StringComparer.Ordinal);

    private static IReadOnlyList<ReportedRegion> RegionsOf(JsonElement list) =>
    [
        .. list.GetProperty("regions").EnumerateArray().Select(region => new ReportedRegion(
            region.GetProperty("name").GetString()!, region.GetProperty("verdict").GetString()!)),
    ];
}

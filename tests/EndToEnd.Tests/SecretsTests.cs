using LastMile.Events.Fabric;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Passwords do not leak.</summary>
[Collection<SystemTests>]
public sealed class SecretsTests(RunningSystem system)
{
    private static readonly string[] Pages = ["status", "health/live", "health/ready", "regions", "openapi/v1.json", "metrics"];

    [Fact]
    public async Task No_password_appears_in_a_log_or_a_response()
    {
        var running = system.System;
        Service[] services = [running.Invalidator, .. running.Agents.Values, .. running.Storefronts.Values];
        // The logs of servers, services and the migration.
        string[] logs =
        [
            .. running.Servers.LogFolders
                .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
                .Where(file => Path.GetFileName(file) == "log" || Path.GetExtension(file) == ".log"),
        ];
        Assert.Empty(services.Select(service => service.Name + ".log").Except(logs.Select(Path.GetFileName), StringComparer.Ordinal));

        string[] texts =
        [
            .. await Task.WhenAll(logs.Select(file => File.ReadAllTextAsync(file))),
            .. await Task.WhenAll(services.Select(AnswersAsync)),
        ];

        foreach (var password in running.Passwords)
            Assert.DoesNotContain(texts, text => text.Contains(password, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<string> AnswersAsync(Service service)
    {
        using var http = new HttpClient { BaseAddress = service.Address };
        var answers = Pages.Select(async page =>
        {
            using var answer = await http.GetAsync(new Uri(page, UriKind.Relative));
            return $"{answer.Headers}{await answer.Content.ReadAsStringAsync()}";
        });
        return string.Concat(await Task.WhenAll(answers));
    }
}

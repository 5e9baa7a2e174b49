using System.Diagnostics;
using System.Text.Json;
using LastMile.Events.Tool.Doctor.Checks;
using LastMile.Events.Tool.Doctor.Report;
using LastMile.Events.Tool.Installation;
using Xunit;

namespace Tool.Tests.Doctor;

/// <summary>Runs <c>lastmile doctor</c> as a process, without running servers.</summary>
public sealed class DoctorCommandTests : IDisposable
{
    private const string Secret = "s3cret p/w";

    private static readonly string Unreachable = $$"""
        {
          "Postgres": { "ConnectionString": "Host=127.0.0.1;Port=1;Username=relay;Password={{Secret}}" },
          "Redis": { "ConnectionString": "127.0.0.1:1,user=u,password={{Secret}}" },
          "RabbitMq": { "Uri": "amqp://u:{{Uri.EscapeDataString(Secret)}}@127.0.0.1:1/" },
          "Regions": { "ams": { "Redis": { "ConnectionString": "127.0.0.1:2,password={{Secret}}" } } }
        }
        """;

    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public async Task Servers_that_do_not_answer_are_reported_with_remedies_and_without_secrets()
    {
        var (code, output) = await RunAsync(Unreachable, "--all");

        Assert.Equal(DoctorExitCodes.Errors, code);
        Assert.Contains("error: postgres: postgres.reachable", output, StringComparison.Ordinal);
        Assert.Contains("Fix: Check that the server runs, that this machine reaches it", output, StringComparison.Ordinal);
        Assert.Contains("not checked: ", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, output, StringComparison.Ordinal);
        Assert.DoesNotContain(Uri.EscapeDataString(Secret), output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_contains_every_check_with_its_findings()
    {
        var (code, output) = await RunAsync(Unreachable, "--json");

        var root = JsonElement.Parse(output);
        Assert.Equal(code, root.GetProperty("exitCode").GetInt32());
        var reachable = root.GetProperty("checks").EnumerateArray()
            .Single(check => check.GetProperty("part").GetString() == "rabbitmq" && Is(check, "rabbitmq.reachable"));
        Assert.Equal("error", reachable.GetProperty("outcome").GetString());
        Assert.Equal("error", Assert.Single(reachable.GetProperty("findings").EnumerateArray()).GetProperty("severity").GetString());
        Assert.DoesNotContain(Secret, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_file_exits_with_code_2()
    {
        var (code, output) = await RunAsync("{ \"Redis\": 1 }");

        Assert.Equal(DoctorExitCodes.Usage, code);
        Assert.StartsWith($"lastmile: {file} is invalid", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_argument_exits_with_code_2() =>
        Assert.Equal(DoctorExitCodes.Usage, (await RunAsync(Unreachable, "--jsn")).Code);

    [Theory]
    [InlineData(DoctorExitCodes.Clean)]
    [InlineData(DoctorExitCodes.Clean, Severity.Note)]
    [InlineData(DoctorExitCodes.Warnings, Severity.Note, Severity.Warning)]
    [InlineData(DoctorExitCodes.Errors, Severity.Warning, Severity.Error)]
    internal void The_exit_code_is_that_of_the_most_serious_finding(int code, params Severity[] severities) => Assert.Equal(
        code,
        DoctorExitCodes.Of(
        [
            new CheckResult("part", "a.check", "It was not checked.", []),
            .. severities.Select(severity => new CheckResult("part", "another.check", null, [new Finding(severity, "", "", "")])),
        ]));

    [Fact]
    public void A_message_that_repeats_a_password_is_shown_without_it()
    {
        var secrets = new Secrets(new()
        {
            Postgres = new($"Host=db;Password={Secret}"),
            Redis = new("redis,password=other"),
            RabbitMq = new($"amqp://u:{Uri.EscapeDataString(Secret)}@broker"),
            Invalidator = new InvalidatorSettings(new("http://localhost"), "a-key"),
        });

        Assert.Equal(
            "*** *** *** ***", secrets.Remove($"{Secret} {Uri.EscapeDataString(Secret)} other a-key"));
    }

    private static bool Is(JsonElement check, string id) => check.GetProperty("check").GetString() == id;

    private async Task<(int Code, string Output)> RunAsync(string installation, params string[] arguments)
    {
        await File.WriteAllTextAsync(file, installation, TestContext.Current.CancellationToken);
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var tool = Path.Combine(own.Parent!.Parent!.FullName, "LastMile.Events.Tool", own.Name, "LastMile.Events.Tool.dll");
        var start = new ProcessStartInfo("dotnet", [tool, "doctor", "--installation", file, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(output).Trim());
    }
}

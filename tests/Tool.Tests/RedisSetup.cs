using LastMile.Events.Tool.Installation;
using Xunit;

namespace Tool.Tests;

/// <summary>Two servers without users and LastMile's settings, and an installation file that names them.</summary>
public abstract class RedisSetup : IAsyncLifetime
{
    internal ToolRun Tool { get; } = new();

    /// <summary>The server that the installation file names as the primary.</summary>
    internal BareRedis Primary { get; private set; } = null!;

    /// <summary>The server that the installation file names as that of the region <c>ams</c>.</summary>
    internal BareRedis Region { get; private set; } = null!;

    internal InstallationSettings Installation => InstallationFile.Read(Tool.Installation);

    protected string Administrator => $"user=operator,password={Installation.RedisPasswords!.Operator}";

    protected string Agent => LoginIn(Installation.Regions["ams"].Redis.ConnectionString);

    protected string Application => LoginIn(Installation.Regions["ams"].ApplicationRedis!);

    public async ValueTask InitializeAsync()
    {
        Primary = await BareRedis.StartAsync();
        Region = await BareRedis.StartAsync();
        var result = await Tool.RunAsync(
            "init", "--application", "shop", "--regions", $"ams={Region.Address}", "--primary", Primary.Address);
        Assert.Equal(0, result.Code);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Tool.Dispose();
        await Primary.DisposeAsync();
        await Region.DisposeAsync();
    }

    /// <summary>Runs <c>lastmile setup redis NAME --apply</c> on a server.</summary>
    internal Task<ToolResult> ApplyAsync(BareRedis server, string name, string login = "", params string[] more) =>
        Tool.RunAsync(["setup", "redis", name, "--apply", "--admin", $"{server.Address},{login}", .. more]);

    protected static string LoginIn(string connectionString) => connectionString[(connectionString.IndexOf(',') + 1)..];
}

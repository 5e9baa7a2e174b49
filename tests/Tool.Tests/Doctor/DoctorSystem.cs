using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using LastMile.Events.Tool.Doctor;
using LastMile.Events.Tool.Doctor.Checks;
using LastMile.Events.Tool.Installation;
using Npgsql;
using Xunit;

namespace Tool.Tests.Doctor;

/// <summary>
/// A complete system on its own servers, with a replicated and an independent region. The tests misconfigure it in turn.
/// </summary>
public class DoctorSystem : IAsyncLifetime
{
    // A region without replication needs a resync, and its agent then waits a second before it recovers.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    private NpgsqlDataSource superuser = null!;

    internal LastMileSystem System { get; private set; } = null!;

    /// <summary>The installation file of the system.</summary>
    internal InstallationSettings Settings { get; private set; } = null!;

    internal RedisServer Primary => System.Servers.Primary;

    internal Region Ams => System.Servers.Regions[0];

    internal Region Gru => System.Servers.Regions[1];

    protected virtual FabricOptions Options { get; } = new() { Regions = ["ams", "gru"], Independent = ["gru"], Standby = true };

    public async ValueTask InitializeAsync()
    {
        System = await LastMileSystem.StartAsync(Options, products: 10);
        superuser = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(System.Servers.Postgres.ConnectionString)
            {
                Database = new NpgsqlConnectionStringBuilder(System.Database.ConnectionString).Database,
            }.ConnectionString);
        Settings = new()
        {
            Applications = ["storefront"],
            Postgres = new(System.Database.RelayConnectionString, System.Database.ConnectionString),
            Redis = System.Servers.HasPrimary ? new(Primary.EndpointAs(RedisUser.Invalidator)) : null,
            RedisPasswords = System.Servers.HasPrimary
                ? new(Primary.Users.Password(RedisUser.Operator), Primary.Users.Password(RedisUser.Replica))
                : null,
            RabbitMq = new(System.BusAddressOf(RabbitMqUser.Invalidator).AbsoluteUri),
            Invalidator = new(System.Invalidator.Address),
            Regions = System.Servers.Regions.ToDictionary(region => region.Name, SettingsOf, StringComparer.Ordinal),
        };
        // Equals deploy/redis-primary.conf. Without this, test servers don't save.
        RedisServer?[] primaries = [System.Servers.HasPrimary ? Primary : null, System.Servers.Pair?.Standby];
        foreach (var server in primaries.OfType<RedisServer>())
            await RedisOperator.ExecuteAsync(server, "CONFIG SET save \"300 1\"");
        // The tests may run in any order, so the agents must have converged before the first one.
        await IsCleanAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (superuser is not null)
            await superuser.DisposeAsync();
        if (System is not null)
            await System.DisposeAsync();
    }

    /// <summary>Executes SQL in the application's database as a superuser.</summary>
    internal async Task ExecuteAsync(string sql)
    {
        await using var command = superuser.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Opens a connection to the application's database as a superuser.</summary>
    internal ValueTask<NpgsqlConnection> OpenAsync() => superuser.OpenConnectionAsync();

    /// <summary>Returns the findings of an installation, without notes, each as its part, check and severity.</summary>
    internal static async Task<FoundProblems> DiagnoseAsync(InstallationSettings settings)
    {
        var results = await Diagnosis.RunAsync(settings, TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
        return new FoundProblems(results.SelectMany(result => result.Findings
            .Where(finding => finding.Severity != Severity.Note)
            .Select(finding => new FoundProblem($"{result.Part}: {result.Check}: {result.Outcome}", finding))));
    }

    /// <summary>Waits until the doctor finds nothing.</summary>
    internal async Task IsCleanAsync() => await Eventually.Async(
        () => DiagnoseAsync(Settings), found => found.Count == 0, Recovery, "the doctor finds nothing");

    /// <summary>Misconfigures the system. The doctor must report exactly that, and its remedy must fix it.</summary>
    internal async Task CheckAsync(Misconfiguration misconfiguration, ITestOutputHelper output)
    {
        await (misconfiguration.BreakAsync?.Invoke(this) ?? Task.CompletedTask);
        try
        {
            // An agent's verdict may still show what an earlier case did to its region.
            var found = await Eventually.Async(
                () => DiagnoseAsync(misconfiguration.Settings(this)), misconfiguration.Explains, Recovery);

            foreach (var problem in found)
                output.WriteLine($"{problem}");
            Assert.Contains(
                found,
                problem => problem.Where == misconfiguration.Finding
                    && problem.Finding.Problem.Contains(misconfiguration.Problem, StringComparison.Ordinal)
                    && problem.Finding.Remedy.Contains(misconfiguration.Remedy, StringComparison.Ordinal));
        }
        finally
        {
            await misconfiguration.MendAsync(this, misconfiguration.Remedy);
        }

        // A wrong installation file does not change the system.
        if (misconfiguration.BreakAsync is not null)
            await IsCleanAsync();
    }

    private RegionSettings SettingsOf(Region region) => new(
        new(region.AgentEndpoint),
        region.Kind.ToString(),
        new(System.BusAddressOf(RabbitMqUser.Agent(region.Name)).AbsoluteUri),
        System.Agents[region.Name].Address,
        region.ApplicationEndpoint)
    {
        PrimaryRedis = region.Primary is { } primary ? new(primary.EndpointAs(RedisUser.Agent)) : null,
        ApplicationPrimaryRedis = region.Primary?.EndpointAs(RedisUser.Application),
    };
}

/// <summary>A finding.</summary>
/// <param name="Where">Its part, check and severity, such as <c>redis ams: region.writable: error</c>.</param>
/// <param name="Finding">The finding.</param>
internal sealed record FoundProblem(string Where, Finding Finding)
{
    public override string ToString() => $"{Where}: {Finding.Problem} Fix: {Finding.Remedy}";
}

/// <summary>All findings of a run.</summary>
internal sealed class FoundProblems(IEnumerable<FoundProblem> problems) : List<FoundProblem>(problems)
{
    public override string ToString() => string.Join(Environment.NewLine, this);
}

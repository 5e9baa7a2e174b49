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
public sealed class DoctorSystem : IAsyncLifetime
{
    private NpgsqlDataSource superuser = null!;

    internal LastMileSystem System { get; private set; } = null!;

    /// <summary>The installation file of the system.</summary>
    internal InstallationSettings Settings { get; private set; } = null!;

    internal RedisServer Primary => System.Servers.Primary;

    internal Region Ams => System.Servers.Regions[0];

    internal Region Gru => System.Servers.Regions[1];

    public async ValueTask InitializeAsync()
    {
        System = await LastMileSystem.StartAsync(
            new FabricOptions { Regions = ["ams", "gru"], Independent = ["gru"], Standby = true }, products: 10);
        superuser = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(System.Servers.Postgres.ConnectionString)
            {
                Database = new NpgsqlConnectionStringBuilder(System.Database.ConnectionString).Database,
            }.ConnectionString);
        Settings = new()
        {
            Applications = ["storefront"],
            Postgres = new(System.Database.RelayConnectionString, System.Database.ConnectionString),
            Redis = new(Primary.EndpointAs(RedisUser.Invalidator)),
            RedisPasswords = new(Primary.Users.Password(RedisUser.Operator), Primary.Users.Password(RedisUser.Replica)),
            RabbitMq = new(System.BusAddressOf(RabbitMqUser.Invalidator).AbsoluteUri),
            Invalidator = new(System.Invalidator.Address),
            Regions = System.Servers.Regions.ToDictionary(region => region.Name, SettingsOf, StringComparer.Ordinal),
        };
        // Equals deploy/redis-primary.conf. Without this, test servers don't save.
        foreach (var server in new[] { Primary, System.Servers.Pair!.Standby })
            await RedisOperator.ExecuteAsync(server, "CONFIG SET save \"300 1\"");
        // The tests may run in any order, so the agents must have converged before the first one.
        await Eventually.Async(
            () => DiagnoseAsync(Settings), found => found.Count == 0, TimeSpan.FromSeconds(60), "the doctor finds nothing");
    }

    public async ValueTask DisposeAsync()
    {
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

    private RegionSettings SettingsOf(Region region) => new(
        new(region.Redis.EndpointAs(RedisUser.Agent)),
        region.Kind.ToString(),
        new(System.BusAddressOf(RabbitMqUser.Agent(region.Name)).AbsoluteUri),
        System.Agents[region.Name].Address,
        region.ApplicationEndpoint);
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

using LastMile.Events.Fabric;

namespace LastMile.Events.Cli.Tests;

/// <summary>The PostgreSQL and RabbitMQ that all test projects of a run share; started when the first of them asks.</summary>
internal sealed class TestServers(string folder) : IAsyncDisposable
{
    private IServers? servers;
    private Dictionary<string, string>? environment;

    /// <summary>The variables that tell a test project where the servers are.</summary>
    public async Task<Dictionary<string, string>> EnvironmentAsync(CancellationToken cancellationToken) =>
        environment ??= await StartAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (servers is not null)
            await servers.DisposeAsync();
    }

    private async Task<Dictionary<string, string>> StartAsync(CancellationToken cancellationToken)
    {
        servers = ServerChoice.Open(await ServerChoice.DecideAsync(cancellationToken), folder);
        Console.WriteLine($"Starting PostgreSQL and RabbitMQ for all tests, from {servers.Description}");
        var postgres = servers.StartPostgresAsync(cancellationToken);
        var rabbitMq = servers.StartRabbitMqAsync(cancellationToken);
        await Task.WhenAll(postgres, rabbitMq);

        var file = Path.Combine(folder, "servers.json");
        var broker = await rabbitMq;
        await new ServerAddresses((await postgres).ConnectionString, broker.Uri, broker.ManagementUri).WriteAsync(file, cancellationToken);
        return new(StringComparer.Ordinal) { [ServerAddresses.Variable] = file };
    }
}

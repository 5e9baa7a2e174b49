using LastMile.Events.Fabric;

namespace LastMile.Events.Cli.Tests;

/// <summary>The PostgreSQL and RabbitMQ that all test projects of a run share.</summary>
internal sealed class TestServers(string folder) : IAsyncDisposable
{
    private IServers? servers;

    /// <summary>An empty set of variables, with which a project starts its own servers.</summary>
    public static IReadOnlyDictionary<string, string> None { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Starts the servers.</summary>
    /// <returns>The environment variables with the addresses of the servers, for test projects.</returns>
    public async Task<IReadOnlyDictionary<string, string>> StartAsync(CancellationToken cancellationToken)
    {
        servers = ServerChoice.Open(await ServerChoice.DecideAsync(cancellationToken), folder);
        Console.WriteLine($"Starting PostgreSQL and RabbitMQ for all tests, from {servers.Description}");
        var postgres = servers.StartPostgresAsync(cancellationToken);
        var rabbitMq = servers.StartRabbitMqAsync(cancellationToken);
        await Task.WhenAll(postgres, rabbitMq);

        var file = Path.Combine(folder, "servers.json");
        var broker = await rabbitMq;
        await new ServerAddresses((await postgres).ConnectionString, broker.Uri, broker.ManagementUri).WriteAsync(file, cancellationToken);
        return new Dictionary<string, string>(StringComparer.Ordinal) { [ServerAddresses.Variable] = file };
    }

    public async ValueTask DisposeAsync()
    {
        if (servers is not null)
            await servers.DisposeAsync();
    }
}

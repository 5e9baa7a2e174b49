using LastMile.Events.Testing;
using Xunit;

namespace Postgres.Tests;

/// <summary>One database with the schema, shared by the tests of a class, which run one after another.</summary>
public sealed class InstalledDatabase(SharedServers servers) : IAsyncLifetime
{
    internal Database Database { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Database = await Database.CreateAsync(servers);

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}

using System.Diagnostics;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Copies of a PostgreSQL server's data folder. Only for servers that run as local processes.</summary>
internal static class PostgresCopies
{
    /// <summary>Starts a server whose data folder can be copied; skips the test if servers run in containers.</summary>
    public static async Task<(PostgresServer Server, string Data)> StartAsync(SharedServers servers)
    {
        Assert.SkipWhen(
            await ServerChoice.DecideAsync(TestContext.Current.CancellationToken) == ServerSource.Docker,
            "The data folder of a container can't be copied.");
        var server = await servers.StartPostgresAsync();
        await using var source = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand("show data_directory");
        var data = (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        // A copy on another server must accept the passwords of both.
        await File.WriteAllTextAsync(
            Path.Combine(data, "pg_hba.conf"),
            "host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n",
            TestContext.Current.CancellationToken);
        return (server, data);
    }

    /// <summary>Replaces a folder by a copy of another, with owners and permissions.</summary>
    public static async Task CopyAsync(string from, string to)
    {
        if (Directory.Exists(to))
            Directory.Delete(to, recursive: true);
        await RunAsync("cp", "-a", from, to);
    }

    /// <summary>Runs a program that must succeed.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, errors);
    }
}

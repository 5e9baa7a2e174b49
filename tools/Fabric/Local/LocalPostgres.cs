using System.Security.Cryptography;

namespace LastMile.Events.Fabric;

/// <summary>PostgreSQL as a child process, in a fresh cluster.</summary>
internal static class LocalPostgres
{
    private static readonly TimeSpan InitDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    public static async Task<PostgresServer> PrepareAsync(string folder, CancellationToken cancellationToken)
    {
        var bin = InstalledServers.PostgresFolder();
        var (port, password) = (FreePort.Next(), RandomNumberGenerator.GetHexString(32));
        var data = Path.Combine(folder, "data");
        var user = OsUser.InsteadOfRoot("postgres");
        await CreateClusterAsync(folder, bin, data, password, user, cancellationToken);

        string[] arguments =
        [
            "-D", data, .. PostgresSettings.Arguments,
            .. PostgresSettings.Set("port", $"{port}"),
            .. PostgresSettings.Set("listen_addresses", "127.0.0.1"),
            .. PostgresSettings.Set("unix_socket_directories", ""),
        ];
        var command = new ChildCommand("postgres", Path.Combine(bin, "postgres"), arguments, Path.Combine(folder, "postgres.log"))
        {
            User = user,
            StopSignal = "QUIT",
        };
        var connectionString = PostgresSettings.ConnectionString(port, password);
        return new PostgresServer(connectionString, new LocalServerProcess(
            command, gracefulSignal: "INT", token => ServerProbe.PostgresAsync(connectionString, token), StartDeadline));
    }

    private static async Task CreateClusterAsync(
        string folder, string bin, string data, string password, OsUser? user, CancellationToken cancellationToken)
    {
        var passwordFile = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(passwordFile, password, cancellationToken);
        if (user is not null)
            await user.OwnAsync(folder, cancellationToken);

        string[] arguments =
        [
            "-D", data, "--username", PostgresSettings.User, "--pwfile", passwordFile, "--auth", "scram-sha-256",
            "--encoding", "UTF8", "--locale", "C", "--no-sync",
        ];
        await using var initdb = await ChildProcess.StartAsync(
            new ChildCommand("initdb", Path.Combine(bin, "initdb"), arguments, Path.Combine(folder, "initdb.log")) { User = user },
            cancellationToken);
        var code = await initdb.Exited.WaitAsync(InitDeadline, cancellationToken);
        File.Delete(passwordFile);
        if (code != 0)
        {
            throw new ServerStartException("postgres", $"initdb ended with exit code {code}.", initdb.LastLogLines(),
                $"Check that the disk has room and that {user?.Name ?? "you"} may write to {folder}.");
        }
    }
}

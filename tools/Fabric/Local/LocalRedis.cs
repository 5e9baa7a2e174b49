namespace LastMile.Events.Fabric;

/// <summary>Redis as a child process.</summary>
internal static class LocalRedis
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(20);

    public static RedisServer Prepare(string folder, RedisSettings settings)
    {
        var port = FreePort.Next();
        // A copy of its own: Sentinel has servers write theirs.
        var config = Path.Combine(folder, settings.ConfigFile);
        File.Copy(FabricFile.Path(settings.ConfigFile), config, overwrite: true);
        string[] arguments =
        [
            config, "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder,
            .. settings.Arguments(primaryHost: "127.0.0.1"),
        ];
        var command = new ChildCommand(settings.Name, InstalledServers.Redis(), arguments, Path.Combine(folder, "log"))
        {
            StopSignal = "KILL",
        };
        return new RedisServer(settings.Name, port, new LocalServerProcess(
            command, gracefulSignal: "TERM", token => ServerProbe.RedisAsync(port, token), StartDeadline));
    }
}

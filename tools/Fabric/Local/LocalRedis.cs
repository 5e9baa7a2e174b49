namespace LastMile.Events.Fabric;

/// <summary>Redis as a child process.</summary>
internal static class LocalRedis
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(20);

    public static RedisServer Prepare(string folder, RedisSettings settings)
    {
        var port = FreePort.Next();
        string[] arguments =
        [
            FabricFile.Path(settings.ConfigFile), "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder,
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

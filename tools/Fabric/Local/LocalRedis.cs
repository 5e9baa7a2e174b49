namespace LastMile.Events.Fabric;

/// <summary>Redis as a child process.</summary>
internal static class LocalRedis
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(20);

    public static RedisServer Prepare(string folder, RedisSettings settings, RedisUsers users)
    {
        var port = FreePort.Next();
        // Each server has its own copy, because Sentinel makes servers rewrite their configuration.
        var config = Path.Combine(folder, settings.ConfigFile);
        var acl = Path.Combine(folder, settings.AclFile);
        File.WriteAllText(acl, users.AclFile(settings.AclTemplate));
        File.WriteAllText(config, File.ReadAllText(FabricFile.Path(settings.ConfigFile)) + users.Directives(acl));
        string[] arguments =
        [
            config, "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder,
            .. settings.Arguments(primaryHost: "127.0.0.1"),
        ];
        var command = new ChildCommand(settings.Name, InstalledServers.Redis(), arguments, Path.Combine(folder, "redis.log"))
        {
            StopSignal = "KILL",
        };
        var process = new LocalServerProcess(
            command, gracefulSignal: "TERM", token => ServerProbe.RedisAsync(port, token), StartDeadline);
        return new RedisServer(settings.Name, port, process) { Users = users };
    }
}

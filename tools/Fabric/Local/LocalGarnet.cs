namespace LastMile.Events.Fabric;

/// <summary>Garnet as a child process.</summary>
internal static class LocalGarnet
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);

    // A cache of a few megabytes. By default Garnet reserves 16 GiB of address space.
    private static readonly string[] Memory = ["--memory", "128m", "--page", "4m", "--index", "4m"];

    /// <summary>Prepares a server.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="users">The users that may log in.</param>
    /// <param name="clustered">Whether it is a node of a cluster.</param>
    public static RedisServer Prepare(string folder, string name, RedisUsers users, bool clustered)
    {
        var port = FreePort.Next();
        var acl = Path.Combine(folder, "users.acl");
        File.WriteAllText(acl, users.GarnetAclFile(File.ReadAllText(FabricFile.Path("redis-region.acl"))));
        string[] arguments =
        [
            "exec", InstalledGarnet.Find(), "--port", $"{port}", "--bind", "127.0.0.1", .. Memory,
            // Without the second option, other commands run between two commands of a script.
            "--lua", "--lua-transaction-mode",
            "--auth", "ACL", "--acl-file", acl, "--logger-level", "Warning",
            .. clustered ? ["--cluster", "--cluster-announce-ip", "127.0.0.1", "--gossip-delay", "1"] : Array.Empty<string>(),
            // The native device needs the library libaio, which many machines lack.
            "--device-type", "RandomAccess", "--checkpointdir", folder,
        ];
        var dotnet = Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
        var command = new ChildCommand(name, dotnet, arguments, Path.Combine(folder, "garnet.log"))
        {
            StopSignal = "KILL",
            // The tool's own configuration reserves heaps for each core.
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["DOTNET_gcServer"] = "0" },
        };
        var process = new LocalServerProcess(
            command, gracefulSignal: "TERM", token => ServerProbe.RedisAsync(port, token), StartDeadline);
        return new RedisServer(name, port, process) { Users = users };
    }
}

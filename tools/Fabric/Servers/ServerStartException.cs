namespace LastMile.Events.Fabric;

/// <summary>The error of a server that did not start: its name, the reason, the end of its log, and a remedy.</summary>
public sealed class ServerStartException(string server, string reason, IReadOnlyList<string> log, string advice, Exception? inner = null)
    : Exception(Compose(server, reason, log, advice), inner)
{
    /// <summary>The server that did not start.</summary>
    public string Server { get; } = server;

    private static string Compose(string server, string reason, IReadOnlyList<string> log, string advice) =>
        string.Join(Environment.NewLine, [$"{server} did not start: {reason}", .. log.Select(line => "  | " + line), advice]);
}

namespace LastMile.Events.Fabric;

/// <summary>The command that a <see cref="ChildProcess"/> runs.</summary>
/// <param name="Name">The name in messages, such as <c>redis-ams</c>.</param>
/// <param name="FileName">The program: a path, or a name to find in PATH.</param>
/// <param name="Arguments">The arguments, unquoted.</param>
/// <param name="LogFile">The file to append its output to. Its folder must exist.</param>
public sealed record ChildCommand(string Name, string FileName, IReadOnlyList<string> Arguments, string LogFile)
{
    /// <summary>Environment variables to set, or to unset if null, in addition to this process's environment.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>The working directory; by default the log file's folder.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The account to run it under; null for this process's own.</summary>
    public OsUser? User { get; init; }

    /// <summary>The signal that requests its end, without the SIG prefix. It is also sent when this process dies.</summary>
    public string StopSignal { get; init; } = "TERM";

    /// <summary>How long it may take to end before it is killed, in whole seconds.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);
}

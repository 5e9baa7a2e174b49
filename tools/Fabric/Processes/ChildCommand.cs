namespace LastMile.Events.Fabric;

/// <summary>What a <see cref="ChildProcess"/> runs.</summary>
/// <param name="Name">How messages call it, as <c>redis-ams</c>.</param>
/// <param name="FileName">The program: a path, or a name that PATH finds.</param>
/// <param name="Arguments">Its arguments, unquoted.</param>
/// <param name="LogFile">Where its output goes; appended to. Its folder must exist.</param>
public sealed record ChildCommand(string Name, string FileName, IReadOnlyList<string> Arguments, string LogFile)
{
    /// <summary>Variables to add to, or with null to take from, this process's environment.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>The folder it runs in; the log file's folder unless told.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The account to run it under; null for this process's own.</summary>
    public OsUser? User { get; init; }

    /// <summary>The signal that asks it to end, without the SIG. It is sent as well when this process dies.</summary>
    public string StopSignal { get; init; } = "TERM";

    /// <summary>How long it may take to end before it is killed; whole seconds.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);
}

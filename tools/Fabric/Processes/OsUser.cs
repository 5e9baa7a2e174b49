using System.Diagnostics;

namespace LastMile.Events.Fabric;

/// <summary>An account to run a server under, because some servers refuse to run as root.</summary>
public sealed record OsUser
{
    private OsUser(string name) => Name = name;

    /// <summary>The account's name, which is also the name of its group.</summary>
    public string Name { get; }

    /// <summary>
    /// Returns an account for a server if this process runs as root; otherwise null, and the server runs under this process's account.
    /// </summary>
    public static OsUser? InsteadOfRoot(string name) => Environment.IsPrivilegedProcess ? new OsUser(name) : null;

    /// <summary>The command line prefix that runs a command under this account.</summary>
    internal IReadOnlyList<string> Prefix => ["setpriv", $"--reuid={Name}", $"--regid={Name}", "--init-groups", "--"];

    /// <summary>Makes this account the owner of a folder and its contents.</summary>
    internal async Task OwnAsync(string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("chown") { UseShellExecute = false, RedirectStandardError = true };
        foreach (var argument in (string[])["-R", $"{Name}:{Name}", folder])
            start.ArgumentList.Add(argument);
        using var chown = Process.Start(start)!;
        var error = await chown.StandardError.ReadToEndAsync(cancellationToken);
        await chown.WaitForExitAsync(cancellationToken);
        if (chown.ExitCode != 0)
            throw new InvalidOperationException($"Cannot change the owner of {folder} to {Name}: {error.Trim()}");
    }
}

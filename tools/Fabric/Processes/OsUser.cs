using System.Diagnostics;

namespace LastMile.Events.Fabric;

/// <summary>An account of this machine that a server runs under, since some servers refuse to run as root.</summary>
public sealed record OsUser
{
    private OsUser(string name) => Name = name;

    /// <summary>The account's name; its group is called the same.</summary>
    public string Name { get; }

    /// <summary>The account for a server if this process is root, else null: the server runs as whoever runs this.</summary>
    public static OsUser? InsteadOfRoot(string name) => Environment.IsPrivilegedProcess ? new OsUser(name) : null;

    /// <summary>The command line that runs another one under this account.</summary>
    internal IReadOnlyList<string> Prefix => ["setpriv", $"--reuid={Name}", $"--regid={Name}", "--init-groups", "--"];

    /// <summary>Gives a folder and all in it to this account.</summary>
    internal async Task OwnAsync(string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("chown") { UseShellExecute = false, RedirectStandardError = true };
        foreach (var argument in (string[])["-R", $"{Name}:{Name}", folder])
            start.ArgumentList.Add(argument);
        using var chown = Process.Start(start)!;
        var error = await chown.StandardError.ReadToEndAsync(cancellationToken);
        await chown.WaitForExitAsync(cancellationToken);
        if (chown.ExitCode != 0)
            throw new InvalidOperationException($"Cannot give {folder} to the account {Name}: {error.Trim()}");
    }
}

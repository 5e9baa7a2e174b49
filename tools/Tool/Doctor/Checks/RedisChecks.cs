using LastMile.Events.Tool.Doctor.Facts;

namespace LastMile.Events.Tool.Doctor.Checks;

/// <summary>Checks of every Redis server: the primary and those of the regions.</summary>
internal static class RedisChecks
{
    private static readonly Version Least = new(7, 0);

    /// <summary>The checks of a user.</summary>
    public static IReadOnlyList<Check<RedisFacts>> User { get; } =
    [
        new("redis.reachable", facts => Judgement.Of(facts.Login.Missing is { } reason ? Unreachable(facts, reason) : null)),
        new("redis.rights", Rights),
    ];

    /// <summary>All checks.</summary>
    public static IReadOnlyList<Check<RedisFacts>> All { get; } =
    [
        .. User,
        new("redis.version", facts => Judgement.Of(facts.Info, info => info.Version >= Least ? null : Finding.Error(
            $"The server is Redis {info.Text("redis_version")}.",
            "LastMile needs Redis 7.0, or Valkey 7.2, or later.",
            "Upgrade the server to Redis 7.0 or Valkey 7.2 or later."))),
        new("redis.cluster", facts => Judgement.Of(facts.Info, info => facts.MayBeCluster || !info.IsCluster ? null : Finding.Error(
            "The server runs in cluster mode.",
            "A primary's purge is one script on keys of all slots, and the nodes of a cluster replicate from no other server.",
            "Use a server with cluster-enabled no. For a region, set Topology to Independent: its agent then purges the cluster."))),
        new("redis.open", facts => Judgement.Of(facts.Open, open => open switch
        {
            OpenAccess.Everyone => Finding.Warning(
                "The server accepts clients without a password.",
                "Every program that reaches it may read the cache, and may make stale entries valid again.",
                "As an operator: ACL SETUSER default off, then ACL SAVE; or put 'user default off' into its ACL file."),
            OpenAccess.OwnMachine => Finding.Note(
                "The server accepts clients of its own machine without a password.",
                "Every program on that machine may read the cache, and may make stale entries valid again.",
                "As an operator: ACL SETUSER default off, then ACL SAVE; or put 'user default off' into its ACL file."),
            _ => null,
        })),
    ];

    private static Finding Unreachable(RedisFacts facts, string reason) => Finding.Error(
        $"The login of {facts.User} to {facts.Address} fails: {reason}",
        "The service purges nothing there.",
        reason switch
        {
            _ when reason.Contains("WRONGPASS", StringComparison.Ordinal) =>
                "Correct user and password in Redis:ConnectionString, or set the password as an operator: "
                    + $"ACL SETUSER {facts.User} resetpass '#SHA256-of-the-password', then ACL SAVE.",
            _ when reason.Contains("NOAUTH", StringComparison.Ordinal)
                || reason.Contains("Authentication required", StringComparison.Ordinal) =>
                "Add user=…,password=… to Redis:ConnectionString: the server requires a login.",
            _ when reason.Contains("NOPERM", StringComparison.Ordinal) =>
                $"Give the user the rights of deploy/redis-*.acl: ACL SETUSER {facts.User} +@connection -@dangerous, then ACL SAVE.",
            _ when reason.Contains("certificate", StringComparison.OrdinalIgnoreCase) =>
                "Set Redis:CaCertificate to the PEM file of the CA that signed the server's certificate.",
            _ => "Check that the server runs, that this machine reaches it, and the host and port in Redis:ConnectionString.",
        });

    private static Judgement Rights(RedisFacts facts)
    {
        // Without the right to INFO or EVAL, the refusal names it.
        var refusal = new[] { facts.Info.Missing, facts.RefusedCommands.Missing }
            .FirstOrDefault(reason => reason?.Contains("NOPERM", StringComparison.Ordinal) == true);
        return refusal is not null
            ? Judgement.Of(Refused(facts, refusal.TrimEnd('.'), ["INFO", "EVAL"]))
            : Judgement.Of(facts.RefusedCommands, refused => refused.Count == 0
                ? null
                : Refused(facts, $"it refuses {string.Join(", ", refused.Select(command => $"'{command}'"))}", refused));
    }

    private static Finding Refused(RedisFacts facts, string what, IReadOnlyList<string> commands) => Finding.Error(
        $"The user {facts.User} lacks rights: {what}.",
        "The service fails when it runs the command.",
        // An application must not write LastMile's keys, so it does not get all keys.
        $"As an operator: ACL SETUSER {facts.User} {(facts.IsApplication ? "" : $"~* &{facts.KeyPrefix}*:watermark* ")}"
            + $"&{facts.KeyPrefix}*:purged* {string.Join(' ', commands.Select(Grant).Distinct(StringComparer.Ordinal))}, then ACL SAVE.");

    private static string Grant(string command)
    {
        var words = command.ToLowerInvariant().Split(' ');
        return words[0] == "script" ? "+script|load" : "+" + words[0];
    }
}

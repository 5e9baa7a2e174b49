namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>Applies the users of a plan to a running server, and turns the user <c>default</c> off.</summary>
/// <param name="plan">The plan.</param>
/// <param name="report">Receives what was changed or found.</param>
internal sealed class RedisUsersApplication(RedisServerPlan plan, ChangeReport report)
{
    private const int Shown = 3;

    /// <summary>Whether users keep their earlier passwords beside the new ones.</summary>
    public bool KeepsOldPasswords { get; init; }

    /// <summary>Whether users that exist with other passwords get those of the installation.</summary>
    public bool ChangesPasswords { get; init; }

    /// <summary>Whether the user <c>default</c> is turned off even on a server that applications use already.</summary>
    public bool TurnsOffDefault { get; init; }

    /// <summary>Rejects a server on which a user of the plan has another password.</summary>
    /// <exception cref="RefusedException">A user has one.</exception>
    public async Task RejectOthersAsync(RedisAdmin admin)
    {
        var lines = await admin.UsersAsync();
        if (KeepsOldPasswords || ChangesPasswords)
            return;
        foreach (var user in plan.Users)
        {
            var words = lines.Select(line => line.Split(' ')).FirstOrDefault(line => line[1] == user.Name) ?? [];
            if (words.Any(word => word == "nopass" || word.StartsWith('#')) && !words.Contains(user.Hash, StringComparer.Ordinal))
                throw RefusedException.OtherPassword($"The user {user.Name}");
        }
    }

    /// <summary>Creates the users, or gives them their passwords and rights.</summary>
    /// <param name="admin">A connection with every right.</param>
    public async Task ApplyAsync(RedisAdmin admin)
    {
        foreach (var user in plan.Users)
            await SetUserAsync(admin, user);
    }

    /// <summary>Turns the user <c>default</c> off, unless clients need it.</summary>
    /// <param name="asOperator">The operator's connection.</param>
    /// <param name="ownName">The name of the command's other connection, which may be logged in as that user.</param>
    /// <param name="isInUse">Whether applications may use the server already.</param>
    public async Task TurnDefaultOffAsync(RedisAdmin asOperator, string ownName, bool isInUse)
    {
        if (await LineAsync(asOperator, "default") is { } line && line.StartsWith("user default off ", StringComparison.Ordinal))
        {
            report.Add("The user default is off.", isChange: false);
            return;
        }

        if (isInUse && !TurnsOffDefault)
        {
            report.Leave("The user default is still on, because applications may log in as it. "
                + "Change their logins, then run this command again with --turn-off-default.");
            return;
        }

        var clients = ((string?)await asOperator.ExecuteAsync("CLIENT", "LIST") ?? "").Split('\n')
            .Where(client => client.Contains(" user=default ", StringComparison.Ordinal)
                && !client.Contains($" name={ownName} ", StringComparison.Ordinal))
            .Select(client => client.Split(' ').First(field => field.StartsWith("addr=", StringComparison.Ordinal))["addr=".Length..])
            .ToList();
        if (clients.Count > 0)
        {
            var others = clients.Count > Shown ? $" and {clients.Count - Shown} more" : "";
            report.Leave("The user default is still on, because clients are logged in as it "
                + $"({string.Join(", ", clients.Take(Shown))}{others}). Change their logins, then run this command again.");
            return;
        }

        await asOperator.ExecuteAsync("ACL", "SETUSER", "default", "off");
        report.Add("The user default is off.", isChange: true);
    }

    private async Task SetUserAsync(RedisAdmin admin, RedisUserRules user)
    {
        var before = await LineAsync(admin, user.Name);
        string[] beginning = KeepsOldPasswords && before is not null
            ? ["resetkeys", "resetchannels", "clearselectors", "-@all"]
            : ["reset"];
        await admin.ExecuteAsync("ACL", ["SETUSER", user.Name, .. beginning, "on", user.Hash, .. user.Rules]);
        report.Add($"The user {user.Name} has its password and rights.", await LineAsync(admin, user.Name) != before);
    }

    // ACL SETUSER adds this flag, which is the default; a file may omit it.
    private static async Task<string?> LineAsync(RedisAdmin admin, string user) =>
        (await admin.UsersAsync()).FirstOrDefault(line => line.StartsWith($"user {user} ", StringComparison.Ordinal))
            ?.Replace(" sanitize-payload ", " ", StringComparison.Ordinal);
}

using System.Text.Json.Nodes;

namespace LastMile.Events.Tool.Setup.RabbitMq;

/// <summary>Applies a plan through the management API. It changes only the virtual host and the users of the plan.</summary>
internal sealed class RabbitMqApplication(RabbitMqManagement management, RabbitMqPlan plan, ChangeReport report)
{
    private static readonly string[] Rights = ["configure", "write", "read"];

    /// <summary>Whether users that exist with other passwords get those of the installation.</summary>
    public bool ChangesPasswords { get; init; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await management.CheckAsync(cancellationToken);
        if (!ChangesPasswords)
            await RejectOtherUsersAsync(cancellationToken);
        var host = Uri.EscapeDataString(plan.VirtualHost);
        var exists = await management.GetAsync($"api/vhosts/{host}", cancellationToken) is not null;
        if (!exists)
            await management.PutAsync($"api/vhosts/{host}", [], cancellationToken);
        report.Add($"The virtual host {plan.VirtualHost} exists.", !exists);
        foreach (var user in plan.Users)
        {
            report.Add($"The user {user.Name} has its password.", await PutUserAsync(user, cancellationToken));
            report.Add($"The user {user.Name} has its permissions.", await PutPermissionsAsync(host, user, cancellationToken));
        }
    }

    private async Task RejectOtherUsersAsync(CancellationToken cancellationToken)
    {
        foreach (var user in plan.Users)
        {
            var current = await management.GetAsync(PathOf(user), cancellationToken);
            // A user without a password can't log in.
            if (current?["password_hash"]?.GetValue<string>() is { Length: > 0 } && !HasPassword(current, user))
                throw RefusedException.OtherPassword($"The user {user.Name}");
        }
    }

    private static string PathOf(RabbitMqUserPlan user) => $"api/users/{Uri.EscapeDataString(user.Name)}";

    private static bool HasPassword(JsonNode? current, RabbitMqUserPlan user) =>
        current?["hashing_algorithm"]?.GetValue<string>() == RabbitMqUserPlan.Algorithm
        && user.Matches(current["password_hash"]?.GetValue<string>() ?? "");

    private async Task<bool> PutUserAsync(RabbitMqUserPlan user, CancellationToken cancellationToken)
    {
        var current = await management.GetAsync(PathOf(user), cancellationToken);
        if (HasPassword(current, user))
            return false;

        var content = new JsonObject
        {
            ["password_hash"] = user.Hash(),
            ["hashing_algorithm"] = RabbitMqUserPlan.Algorithm,
            ["tags"] = TagsOf(current),
        };
        await management.PutAsync(PathOf(user), content, cancellationToken);
        return true;
    }

    private async Task<bool> PutPermissionsAsync(string host, RabbitMqUserPlan user, CancellationToken cancellationToken)
    {
        var path = $"api/permissions/{host}/{Uri.EscapeDataString(user.Name)}";
        var content = new JsonObject { ["configure"] = user.Configure, ["write"] = user.Write, ["read"] = user.Read };
        var current = await management.GetAsync(path, cancellationToken);
        if (current is not null && Rights.All(right => current[right]?.GetValue<string>() == content[right]!.GetValue<string>()))
            return false;
        await management.PutAsync(path, content, cancellationToken);
        return true;
    }

    // The API replaces a user as a whole. A new user has no tag, so it may not use the management API.
    private static string TagsOf(JsonNode? user) => user?["tags"] switch
    {
        JsonArray tags => string.Join(',', tags.Select(tag => tag!.GetValue<string>())),
        JsonValue tags => tags.GetValue<string>(),
        _ => "",
    };
}

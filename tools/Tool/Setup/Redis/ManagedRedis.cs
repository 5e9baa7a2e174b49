using System.Text;

namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>
/// Describes the users and settings that an operator enters in the console of a managed Redis, which permits no <c>ACL SETUSER</c>,
/// <c>CONFIG</c> or <c>REPLICAOF</c>.
/// </summary>
internal static class ManagedRedis
{
    private static readonly string[] Settings = ["maxmemory-policy", "replica-read-only", "replica-ignore-maxmemory"];

    /// <summary>Returns the description of a server.</summary>
    public static string Describe(RedisServerPlan plan)
    {
        var text = new StringBuilder("Users, with their access strings. Their passwords are in the installation file:\n");
        foreach (var user in plan.Users.Where(user => user.Name is not ("operator" or "replica" or "sentinel")))
            text.Append($"  {user.Name}: on {string.Join(' ', user.Rules)}\n");
        text.Append("Settings:\n");
        foreach (var setting in plan.Settings.Where(setting => Settings.Contains(setting.Name, StringComparer.Ordinal)))
            text.Append($"  {setting}\n");
        if (plan.IsReadOnly)
            text.Append("Replication: the region's Redis must be a read-only replica of the installation's primary.\n");
        else if (plan.ReplicaOf is not null)
        {
            text.Append("Replication: a managed Redis can't be a writable replica of another server. In the installation file, set the\n"
                + "  region's Topology to Independent, so that its agent purges it.\n");
        }

        return text.ToString();
    }
}

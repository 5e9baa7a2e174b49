using System.Security.Cryptography;
using System.Text;

namespace LastMile.Events.Fabric;

/// <summary>The Redis users of the ACL files in deploy/.</summary>
public enum RedisUser
{
    /// <summary>The Invalidator, on the primary and its standby.</summary>
    Invalidator,

    /// <summary>A region's agent, on its region's Redis.</summary>
    Agent,

    /// <summary>An application, on its region's Redis.</summary>
    Application,

    /// <summary>A replica, on its primary.</summary>
    Replica,

    /// <summary>Sentinel, on all servers.</summary>
    Sentinel,

    /// <summary>A person who administers the servers: passwords and configuration.</summary>
    Operator,
}

/// <summary>
/// The users' passwords, which are the same on all Redis servers of one <see cref="IServers"/>, and the ACL files with them.
/// </summary>
public sealed class RedisUsers
{
    // The harness queries, fills, and breaks the servers as this user, which needs no password because only this machine can reach them.
    private const string Administrator = "user default on nopass ~* &* +@all";

    // Its INFO has no time, so a script reads it with TIME.
    private const string GarnetRights = " +time";

    private readonly Dictionary<RedisUser, string> passwords =
        Enum.GetValues<RedisUser>().ToDictionary(user => user, _ => RandomNumberGenerator.GetHexString(32));

    /// <summary>Returns a user's password.</summary>
    public string Password(RedisUser user) => passwords[user];

    /// <summary>Returns the login options of a user for a StackExchange.Redis connection string.</summary>
    /// <remarks>Disables CONFIG and CLUSTER, which the client would send at each connect and the server would reject.</remarks>
    public string Login(RedisUser user) => $"{ClusterLogin(user)},$CLUSTER=";

    /// <summary>Returns the login options of a user of a Redis Cluster, where the client needs CLUSTER to find the nodes.</summary>
    public string ClusterLogin(RedisUser user) => $"user={NameOf(user)},password={Password(user)},$CONFIG=";

    /// <summary>Returns an ACL file from deploy/ with the passwords and the harness's administrator filled in.</summary>
    internal string AclFile(string template) => passwords.Aggregate(
        template.Replace("user default off", Administrator, StringComparison.Ordinal),
        (text, user) => text.Replace($"#SHA256-OF-THE-PASSWORD-OF-{NameOf(user.Key)} ", $"#{Hash(user.Value)} ", StringComparison.Ordinal));

    /// <summary>
    /// Returns such a file as Garnet reads it: without the users of replicas and Sentinels, and without limits on keys and channels, which
    /// Garnet does not have.
    /// </summary>
    internal string GarnetAclFile(string template) => string.Join('\n', AclFile(template)
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith($"user {NameOf(RedisUser.Replica)} ", StringComparison.Ordinal)
            && !line.StartsWith($"user {NameOf(RedisUser.Sentinel)} ", StringComparison.Ordinal))
        .Select(line => string.Join(' ', line.Split(' ').Where(IsKnownToGarnet)) + GarnetRights));

    private static bool IsKnownToGarnet(string word) =>
        word[0] is not ('~' or '&' or '%') && word is not ("resetchannels" or "+eval_ro" or "+sunsubscribe");

    /// <summary>Returns the directives for a server's ACL file and for its login to its primary.</summary>
    /// <param name="aclFile">The file's path, as the server sees it.</param>
    internal string Directives(string aclFile) =>
        $"\naclfile {aclFile}\nmasteruser {NameOf(RedisUser.Replica)}\nmasterauth {Password(RedisUser.Replica)}\n";

    /// <summary>Returns a user's name in the files of deploy/.</summary>
    /// <param name="user">The user.</param>
    public static string NameOf(RedisUser user) => user switch
    {
        RedisUser.Invalidator => "lastmile-invalidator",
        RedisUser.Agent => "lastmile-agent",
        RedisUser.Application => "application",
        RedisUser.Replica => "replica",
        RedisUser.Sentinel => "sentinel",
        _ => "operator",
    };

    private static string Hash(string password) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(password)));
}

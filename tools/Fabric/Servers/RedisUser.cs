using System.Security.Cryptography;
using System.Text;

namespace LastMile.Events.Fabric;

/// <summary>Who connects to a Redis: the users of deploy/'s ACL files.</summary>
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

    /// <summary>Sentinel, on all of them.</summary>
    Sentinel,

    /// <summary>A person who administers them: passwords and configuration.</summary>
    Operator,
}

/// <summary>The users' passwords, the same on all Redis servers of one <see cref="IServers"/>, and the ACL files that say so.</summary>
public sealed class RedisUsers
{
    // Beside the users that services connect as: the harness itself, which asks, fills and breaks servers that only this machine reaches.
    private const string Administrator = "user default on nopass ~* &* +@all";

    private readonly Dictionary<RedisUser, string> passwords = Enum.GetValues<RedisUser>().ToDictionary(user => user, _ => RandomNumberGenerator.GetHexString(32));

    /// <summary>A user's password.</summary>
    public string Password(RedisUser user) => passwords[user];

    /// <summary>The options of a StackExchange.Redis connection string by which a user logs in.</summary>
    /// <remarks>Without CONFIG and CLUSTER, which the client asks at each connect, and which would be refused.</remarks>
    public string Login(RedisUser user) => $"user={NameOf(user)},password={Password(user)},$CONFIG=,$CLUSTER=";

    /// <summary>deploy/'s ACL file, with the passwords in it and the harness's administrator.</summary>
    internal string AclFile(string template) => passwords.Aggregate(
        template.Replace("user default off", Administrator, StringComparison.Ordinal),
        (text, user) => text.Replace($"#SHA256-OF-THE-PASSWORD-OF-{NameOf(user.Key)} ", $"#{Hash(user.Value)} ", StringComparison.Ordinal));

    /// <summary>The directives by which a server applies its ACL file, and logs in to its primary.</summary>
    /// <param name="aclFile">The file's path, for the server.</param>
    internal string Directives(string aclFile) => $"\naclfile {aclFile}\nmasteruser {NameOf(RedisUser.Replica)}\nmasterauth {Password(RedisUser.Replica)}\n";

    /// <summary>A user's name, as deploy/'s files have it.</summary>
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

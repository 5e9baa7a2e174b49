using StackExchange.Redis;

namespace LastMile.Events.Hosting;

/// <summary>
/// Proves that a connection is logged in as its user. After a refused login, StackExchange.Redis continues as the user <c>default</c> if
/// that user needs no password.
/// </summary>
/// <param name="user">The user; null for <c>default</c>.</param>
/// <param name="password">The password; null if there is nothing to prove.</param>
/// <param name="settingPrefix">What the names of the connection's settings begin with, for messages.</param>
internal sealed class RedisLoginCheck(string? user, string? password, string settingPrefix)
{
    // The client may have sent it to a node of a cluster that does not answer, which must not delay the commands to the others.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);

    private int login = 1;
    private int proven = password is null ? int.MaxValue : 0;

    /// <summary>Records that the client has connected again, and so has logged in again.</summary>
    public void Expire() => Interlocked.Increment(ref login);

    /// <summary>Logs in once more, because the client does not report a refusal, unless this login is proven already.</summary>
    /// <param name="connection">The connection. While it is down, nothing is proven: its commands fail anyway.</param>
    /// <exception cref="RedisException">The server refuses the login.</exception>
    public async ValueTask RequireAsync(ConnectionMultiplexer connection)
    {
        var current = Volatile.Read(ref login);
        if (Volatile.Read(ref proven) >= current || !connection.IsConnected)
            return;
        try
        {
            await connection.GetDatabase().ExecuteAsync("AUTH", user ?? "default", password!).WaitAsync(AnswerTimeout);
            Volatile.Write(ref proven, current);
        }
        catch (RedisServerException refusal) when (refusal.Message.StartsWith("WRONGPASS", StringComparison.Ordinal))
        {
            throw new RedisException(
                $"Redis refuses the login of {user ?? "default"}: {refusal.Message} Correct {settingPrefix}ConnectionString, or set the "
                + "password on the server.",
                refusal);
        }
        catch (RedisServerException)
        {
            // A proxy that logs in by itself may not know the command.
        }
        catch (Exception failure) when (failure is RedisConnectionException or TimeoutException)
        {
            // The caller's own command reports it.
        }
    }
}

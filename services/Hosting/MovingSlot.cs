using StackExchange.Redis;

namespace LastMile.Events.Hosting;

/// <summary>Recognizes the failures of a command whose slot moves to another node of a cluster, or has moved there.</summary>
public static class MovingSlot
{
    // Server's errors, and the client's texts for a redirection that it did not follow.
    private static readonly string[] Texts = ["MOVED ", "ASK ", "TRYAGAIN ", "has MOVED", "serving hashslot"];

    /// <summary>Returns whether a moving slot caused a failure. Read the layout again, and repeat the command.</summary>
    /// <param name="failure">The failure.</param>
    public static bool Causes(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure is RedisException && Texts.Any(text => failure.Message.Contains(text, StringComparison.Ordinal));
    }
}

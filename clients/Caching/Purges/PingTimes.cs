namespace LastMile.Events.Caching.Purges;

/// <summary>The PINGs that Redis has not answered. It answers them in order. Thread-safe.</summary>
internal sealed class PingTimes
{
    private readonly Lock gate = new();
    private readonly Queue<(long SentAt, TaskCompletionSource<bool>[] Barriers)> sent = [];

    /// <summary>Records a PING, before it is sent.</summary>
    /// <param name="timestamp">The current timestamp.</param>
    /// <param name="barriers">Completed with true when it is answered, and with false when the connection ends.</param>
    public void Sending(long timestamp, TaskCompletionSource<bool>[] barriers)
    {
        lock (gate)
            sent.Enqueue((timestamp, barriers));
    }

    /// <summary>Records an answer.</summary>
    /// <returns>When the PING was sent.</returns>
    /// <exception cref="FormatException">Every PING was answered already.</exception>
    public long Answered()
    {
        lock (gate)
        {
            if (!sent.TryDequeue(out var ping))
                throw new FormatException("Redis answered a PING that was not sent.");
            Complete(ping.Barriers, answered: true);
            return ping.SentAt;
        }
    }

    /// <summary>Records that the connection has ended.</summary>
    public void End()
    {
        lock (gate)
        {
            while (sent.TryDequeue(out var ping))
                Complete(ping.Barriers, answered: false);
        }
    }

    private static void Complete(TaskCompletionSource<bool>[] barriers, bool answered)
    {
        foreach (var barrier in barriers)
            barrier.TrySetResult(answered);
    }
}
